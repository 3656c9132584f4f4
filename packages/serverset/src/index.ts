export { Announcement, type AnnouncementOptions, type AnnouncementReport } from "./announcement.ts";
export type { EphemeralNodeState } from "./ephemeral-node.ts";
export { EphemeralNodeKeeper, type EphemeralNodeOptions, ensureParents } from "./ephemeral-node-keeper.ts";
export { isCode, SERVERSET_ERROR_CODES, ServerSetError, type ServerSetErrorCode } from "./errors.ts";
export {
  type Endpoint,
  formatMember,
  type InvalidMember,
  MEMBER_STATUSES,
  type Member,
  type MemberSpec,
  type MemberStatus,
  parseMember,
} from "./member.ts";
export {
  isMember,
  listServerSets,
  queryServerSet,
  type ServerSet,
  type ServerSetEvent,
  type ServerSetSummary,
  watchServerSet,
} from "./server-set.ts";
export { type MirrorNode, mirrorTree, type TreeEvent, TreeMirror } from "./tree-mirror.ts";
export type { Connection } from "./zookeeper/connection.ts";
export {
  type Connected,
  connectZooKeeper,
  type SessionStatus,
  type ZooKeeperOptions,
  ZooKeeperSession,
} from "./zookeeper/session-supervisor.ts";
