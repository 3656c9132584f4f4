import { type NextRequest, NextResponse } from "next/server";
import { env } from "./env.ts";
import { mayAsk } from "./server/host-names.ts";

/**
 * Refuses who asks under a name that is not ours, and gives every page its own Content-Security-Policy: only scripts that carry this answer's nonce may run.
 */
export function proxy(request: NextRequest): NextResponse {
  const host = request.headers.get("host");
  if (!mayAsk(host, env.webHosts)) return refusal(host);
  if (request.nextUrl.pathname.startsWith("/_next/static/")) return NextResponse.next();
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const policy = contentSecurityPolicy(nonce);
  const headers = new Headers(request.headers);
  // Next takes the nonce for its own scripts from the request's policy.
  headers.set("Content-Security-Policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

// Health checks ask by the address of the host, and are told nothing that is worth keeping.
export const config = { matcher: ["/((?!(?:livez|readyz|health)$).*)"] };

function refusal(host: string | null): NextResponse {
  const text = `The dashboard does not answer to the name "${host ?? ""}". It is asked as localhost or 127.0.0.1; behind
a proxy that authenticates, list the name that the proxy passes on in BOREALIS_WEB_HOSTS.
`;
  return new NextResponse(text, {
    status: 403,
    headers: { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" },
  });
}

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
