import { formatWallTime, systemClock } from "@borealis/clock";
import type { InvalidMember, Member, ServerSetEvent, ServerSetSummary } from "@borealis/serverset";
import { formatTable, printable } from "./table.ts";

export function setTable(sets: readonly ServerSetSummary[]): string {
  return formatTable(
    ["PATH", "MEMBERS"],
    sets.map((set) => [set.path, set.unreadable === undefined ? String(set.members) : "?"]),
    ["left", "right"],
  );
}

export function memberTable(members: readonly (Member | InvalidMember)[]): string {
  const rows = members.map((member) => {
    if (!member.valid) return [member.name, "INVALID", "", member.reason, ""];
    const others = Object.entries(member.additionalEndpoints).map(
      ([name, each]) => `${name}=${address(each)}`,
    );
    return [
      member.name,
      member.status,
      String(member.shard ?? ""),
      address(member.serviceEndpoint),
      others.join(" "),
    ];
  });
  return formatTable(["MEMBER", "STATUS", "SHARD", "ENDPOINT", "ADDITIONAL"], rows);
}

export function formatEvent(event: ServerSetEvent): string {
  const at = formatWallTime(systemClock.wallTime());
  switch (event.type) {
    case "RESYNC": {
      const { set } = event;
      const all = [...set.members, ...set.invalid];
      const count = set.exists ? `${all.length} member${all.length === 1 ? "" : "s"}` : "does not exist";
      return [`${at} RESYNC ${set.path}: ${count}`, ...all.map((member) => `  ${oneLine(member)}`)].join(
        "\n",
      );
    }
    case "REMOVE":
    case "ADD":
    case "CHANGE":
      return `${at} ${event.type} ${oneLine(event.member)}`;
    case "DISCONNECTED":
      return `${at} DISCONNECTED ${event.reason}; what is shown is what was last known`;
    case "PROBLEM":
      return `${at} PROBLEM ${printable(event.reason)}; trying again`;
  }
}

export function formatEventJson(event: ServerSetEvent): string {
  return JSON.stringify({ at: formatWallTime(systemClock.wallTime()), ...event });
}

function oneLine(member: Member | InvalidMember): string {
  if (!member.valid) return printable(`${member.name} INVALID ${member.reason}`);
  const shard = member.shard === undefined ? "" : ` shard ${member.shard}`;
  return printable(`${member.name} ${member.status} ${address(member.serviceEndpoint)}${shard}`);
}

function address({ host, port }: { host: string; port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
