const UNKNOWN_AUTHORITY = "its certificate comes from an authority that we do not know";
const OURS_REFUSED = "it wants a certificate of ours, or refuses the one it was given";

const WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  CERT_REVOKED: "its certificate was revoked",
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  ECONNRESET:
    "it hung up on the TLS handshake: the port is the plain one, or our certificate is missing or refused",
  ERR_TLS_RENEGOTIATION_DISABLED: "it wants to negotiate anew in the middle of the connection",
};

/** Node names the alerts of a peer by OpenSSL's texts, which differ between its versions. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/ALERT_(BAD_CERTIFICATE|CERTIFICATE_|UNKNOWN_CA|NO_CERTIFICATE|ACCESS_DENIED)/, OURS_REFUSED],
  [/ALERT_HANDSHAKE_FAILURE/, `${OURS_REFUSED}, or shares no cipher with us`],
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/, "it speaks another version of TLS"],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH|RECORD/, "it does not speak TLS there; the port may be the plain one"],
];

/** True for what OpenSSL or the check of a certificate says, at whatever moment. */
export function isTlsProblem({ code = "" }: NodeJS.ErrnoException): boolean {
  return /^ERR_(SSL|TLS|OSSL)/.test(code) || (code in WORDS && code !== "ECONNRESET");
}

/** What went wrong with TLS, in words. */
export function tlsProblem(error: NodeJS.ErrnoException & { host?: string; reason?: string }): string {
  const { code = "", message } = error;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `its certificate is for another name: ${error.reason ?? message}`;
  if (/mac verify failure|bad decrypt/.test(message)) return "the passphrase is wrong";
  return WORDS[code] ?? PATTERNS.find(([pattern]) => pattern.test(code))?.[1] ?? message;
}
