import { createHash, timingSafeEqual } from "node:crypto";
import { API_TOKEN_FILE } from "../api-token.ts";
import { type Answer, problem } from "./answer.ts";

const WHERE = `the file ${API_TOKEN_FILE} in the executor's state directory holds it`;

/** @returns what to answer to somebody who may not change anything; undefined to who may. */
export function refusal(authorization: string | undefined, token: string): Answer | undefined {
  const shown = /^Bearer +([^ ]+) *$/i.exec(authorization ?? "")?.[1];
  if (shown === undefined) {
    return problem(401, `to change something, send the header "Authorization: Bearer <token>"; ${WHERE}`, {
      "www-authenticate": "Bearer",
    });
  }
  return same(shown, token) ? undefined : problem(403, `that is not this executor's token; ${WHERE}`);
}

/** Takes as long whatever the two have in common, length included: a clock must not help to guess. */
function same(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
