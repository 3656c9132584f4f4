import { expect, test } from "vitest";
import { mayAsk, parseHostNames } from "../src/server/host-names.ts";

const LISTED = parseHostNames(" Borealis.example.com, other.example:8443 ,,[2001:db8::1]");

test.each([
  "localhost",
  "localhost:3000",
  "LOCALHOST.:3000",
  "borealis.localhost:3000",
  "127.0.0.1:3000",
  "127.255.3.4",
  "[::1]:3000",
  "borealis.example.com",
  "borealis.example.com:443",
  "other.example",
  "[2001:db8::1]:3000",
])("%s may ask", (host) => expect(mayAsk(host, LISTED)).toBe(true));

test.each([
  null,
  "",
  "evil.example",
  "evil.example:3000",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "127.0.0.256",
  "127.1",
  "notlocalhost",
  "0.0.0.0:3000",
  "192.168.0.1",
  "[::2]",
  "::1",
  "localhost@evil.example",
  "localhost:x",
  "evil.example/localhost",
  "www.borealis.example.com",
])("%j may not", (host) => expect(mayAsk(host, LISTED)).toBe(false));
