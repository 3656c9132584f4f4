import { type NextRequest, NextResponse } from "next/server";
import { env } from "./env.ts";

/** Gives every page its own Content-Security-Policy: only scripts that carry this answer's nonce may run. */
export function proxy(request: NextRequest): NextResponse {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const policy = contentSecurityPolicy(nonce);
  const headers = new Headers(request.headers);
  // Next takes the nonce for its own scripts from the request's policy.
  headers.set("Content-Security-Policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

export const config = { matcher: ["/((?!_next/static|livez|readyz|health).*)"] };

function contentSecurityPolicy(nonce: string): string {
  // React's development build evaluates code for error stacks and injects styles without a nonce.
  const [scripts, styles] = env.development
    ? [" 'unsafe-eval'", "'unsafe-inline'"]
    : ["", `'nonce-${nonce}'`];
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${scripts}`,
    `style-src 'self' ${styles}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
