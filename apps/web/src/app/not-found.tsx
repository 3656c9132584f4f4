import type { Metadata } from "next";
import Link from "next/link";
import { Notice } from "../components/notice.tsx";

export const metadata: Metadata = { title: "Not found · Borealis" };

export default function NotFound() {
  return (
    <Notice tone="unknown" state="not-found" title="There is no such page">
      <p>Jobs are at /jobs/role/environment/name.</p>
      <Link href="/jobs" className="inline-block text-accent hover:underline">
        All jobs
      </Link>
    </Notice>
  );
}
