import { expect, test } from "vitest";
import { sessionFilePath } from "../src/session-file.ts";

test("executors that share a state directory have a session file each", () => {
  const key = { role: "a", environment: "b-c", name: "d", instance: 0 };
  const other = { ...key, environment: "b", name: "c-d" };
  expect(sessionFilePath("/state", key)).toBe("/state/zookeeper-session-a~b-c~d~0.json");
  expect(sessionFilePath("/state", other)).toBe("/state/zookeeper-session-a~b~c-d~0.json");
  expect(sessionFilePath("/state", "host1")).toBe("/state/zookeeper-session-host1.json");
});
