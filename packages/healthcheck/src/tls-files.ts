import { readFile } from "node:fs/promises";
import type { HealthCheckTls } from "@borealis/schema";
import type { TlsProbeOptions } from "./http-options.ts";

/** @throws Error naming the attribute and the file that can not be read; never what is in it. */
export async function readTlsFiles(tls: HealthCheckTls): Promise<TlsProbeOptions> {
  const { server_name: serverName, verify } = tls;
  const read = async (attribute: "ca_file" | "cert_file" | "key_file") => {
    const path = tls[attribute];
    if (path === undefined) return undefined;
    return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      throw new Error(`tls.${attribute} ${path} can not be read (${error.code ?? error.message})`);
    });
  };
  const [ca, cert, key] = [await read("ca_file"), await read("cert_file"), await read("key_file")];
  if ((cert === undefined) !== (key === undefined)) {
    throw new Error("tls.cert_file and tls.key_file go together: give both or none");
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(verify === undefined ? {} : { verify }),
  };
}
