"use client";

import { useParams } from "next/navigation";
import { JobPage } from "../../../../../features/job/job-page.tsx";
import { type JobParams, jobKeyOfParams } from "../../../../../features/job/job-params.ts";

/** The same page, answered with 404: should the job appear while it is open, it is shown. */
export default function JobNotFound() {
  return <JobPage jobKey={jobKeyOfParams(useParams<JobParams>())} />;
}
