import { describe, expect, it } from "vitest";
import { bindCommand, portReferences } from "../src/index.ts";

const context = {
  instance: 3,
  hostname: "host1",
  taskId: "1400-www-data-prod-hello-3",
  user: "www-data",
  role: "www-data",
  cluster: "cluster1",
  ports: { http: 31_001, "admin-2.x": 31_002, i_3: 31_003 },
};

describe("a command line", () => {
  it.each([
    ["echo {{mesos.instance}}", "echo 3"],
    ["{{mesos.role}} {{mesos.cluster}} {{thermos.user}}", "www-data cluster1 www-data"],
    ["{{mesos.hostname}}:{{thermos.ports[http]}} {{thermos.ports[admin-2.x]}}", "host1:31001 31002"],
    ["cd {{thermos.task_id}}", "cd 1400-www-data-prod-hello-3"],
    ["serve {{thermos.ports[i_{{mesos.instance}}]}}", "serve 31003"],
    ["$HOME $(date) {x} $& {}", "$HOME $(date) {x} $& {}"],
  ])("%s is bound to %s", (text, bound) => {
    expect(bindCommand(text, context)).toEqual({ text: bound, unbound: [] });
  });

  it.each([
    ["a port that was not given", "{{thermos.ports[https]}}"],
    ["the dot form of a port", "{{thermos.ports.http}}"],
    ["a reference in blanks", "{{ mesos.instance }}"],
    ["an unknown name", "{{profile.name}}"],
    ["what every object has", "{{constructor}}"],
    ["what every object has, as a port", "{{thermos.ports[toString]}}"],
  ])("keeps %s and reports it", (_, text) => {
    expect(bindCommand(`run ${text}; ${text}`, context)).toEqual({
      text: `run ${text}; ${text}`,
      unbound: [text],
    });
  });

  it("ends when values refer to each other", () => {
    const circular = { ...context, user: "{{mesos.role}}", role: "{{thermos.user}}" };
    expect(bindCommand("{{mesos.role}}", circular).text).toMatch(/^\{\{/);
  });

  it("tells which ports it asks for, each once", () => {
    expect(
      portReferences("{{thermos.ports[http]}} {{thermos.ports[admin]}} {{thermos.ports[http]}}"),
    ).toEqual(["http", "admin"]);
    expect(portReferences("{{thermos.ports.http}} {{thermos.ports[i_{{mesos.instance}}]}} $PORT")).toEqual(
      [],
    );
  });
});
