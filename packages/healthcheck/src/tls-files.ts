import { X509Certificate } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { RunAs } from "@borealis/processes";
import type { HealthCheckTls } from "@borealis/schema";
import type { TlsProbeOptions } from "./http/http-options.ts";

const LARGEST_BYTES = 1024 * 1024;

/**
 * Reads what a job names, and tries whether it can be used, so that it is known before anything begins.
 * @param runAs the job's user: we may be root, and what that user may not read is not read for them.
 * @throws Error naming the attribute and the file that can not be used; never what is in it.
 */
export async function readTlsFiles(tls: HealthCheckTls, runAs: RunAs | undefined): Promise<TlsProbeOptions> {
  const { server_name: serverName, verify } = tls;
  const read = async (attribute: "ca_file" | "cert_file" | "key_file") => {
    const path = tls[attribute];
    if (path === undefined) return undefined;
    return await readAs(path, runAs).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`tls.${attribute} ${path} can not be read (${error.code ?? error.message})`);
    });
  };
  const [ca, cert, key] = [await read("ca_file"), await read("cert_file"), await read("key_file")];
  if ((cert === undefined) !== (key === undefined)) {
    throw new Error("tls.cert_file and tls.key_file go together: give both or none");
  }
  const material = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  try {
    // What is none of these is passed over by the context.
    if (ca !== undefined) new X509Certificate(ca);
    createSecureContext(material);
  } catch (error) {
    const files = [tls.ca_file, tls.cert_file, tls.key_file].filter((file) => file !== undefined).join(", ");
    throw new Error(`tls: ${files} can not be used: ${(error as Error).message}`);
  }
  return {
    ...material,
    ...(serverName === undefined ? {} : { serverName }),
    ...(verify === undefined ? {} : { verify }),
  };
}

/** A pipe would hold us up for ever, and /dev/zero has no end. */
async function readAs(path: string, runAs: RunAs | undefined): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { mode, uid, gid, size } = await file.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error("it is no regular file");
    if (size > LARGEST_BYTES) throw new Error(`${size} bytes are too many`);
    if (runAs !== undefined && !mayRead(runAs, { mode, uid, gid })) {
      throw new Error(`the job's user ${runAs.user} may not read it`);
    }
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

function mayRead({ uid, gid }: RunAs, file: { mode: number; uid: number; gid: number }): boolean {
  if (file.uid === uid) return (file.mode & constants.S_IRUSR) !== 0;
  if (file.gid === gid) return (file.mode & constants.S_IRGRP) !== 0;
  return (file.mode & constants.S_IROTH) !== 0;
}
