import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

// There is no such option; Next reads it after this file.
process.env["NEXT_TELEMETRY_DISABLED"] = "1";

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  transpilePackages: ["@borealis/clock", "@borealis/schema", "@borealis/serverset"],
  serverExternalPackages: ["node-zookeeper-client"],
  // `npm run typecheck` checks the types of every workspace; here it would check theirs again, by this one's rules.
  typescript: { ignoreBuildErrors: true },
  turbopack: { root: fileURLToPath(new URL("../..", import.meta.url)) },
  // The Content-Security-Policy carries a nonce for each request, so it is set in src/proxy.ts.
  headers: async () => [
    {
      source: "/:path*",
      headers: [
        { key: "X-Content-Type-Options", value: "nosniff" },
        { key: "X-Frame-Options", value: "DENY" },
        { key: "Referrer-Policy", value: "no-referrer" },
        { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
        { key: "Cross-Origin-Resource-Policy", value: "same-origin" },
        { key: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=()" },
      ],
    },
  ],
};

export default config;
