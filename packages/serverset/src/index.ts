export {
  Announcement,
  type AnnouncementEvents,
  type AnnouncementOptions,
  type AnnouncementReport,
  type AnnouncementState,
} from "./announcement.ts";
export { type AnnouncerAuth, readAnnouncerAuth, readAnnouncerAuthFile } from "./announcer-auth.ts";
export {
  type AnnounceOptions,
  CLIENT_LIMITS,
  type ClientLimits,
  connectServerSets,
  DEFAULT_WAIT_MS,
  type ListedSet,
  type QueryOptions,
  ServerSetClient,
  type ServerSetClientOptions,
} from "./client.ts";
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
export { readSecurityFiles, type Security, type SecurityFiles } from "./security-files.ts";
export {
  isMember,
  listServerSets,
  queryServerSet,
  type ServerSet,
  type ServerSetEvent,
  type ServerSetSummary,
  ServerSetWatch,
  type SetEvent,
  type SetMember,
  type SetReadOptions,
  type Snapshot,
  type WatchOptions,
  watchServerSet,
  watchSet,
} from "./server-set.ts";
export { pathOfSet, type SetName } from "./set-name.ts";
export { type MirrorNode, mirrorTree, type TreeEvent, TreeMirror } from "./tree-mirror.ts";
export type { Connection } from "./zookeeper/connection.ts";
export type { Acl, AuthInfo, Permission, TlsOptions } from "./zookeeper/security.ts";
export type { SessionHealth } from "./zookeeper/session-health.ts";
export {
  type Connected,
  connectZooKeeper,
  type SessionStatus,
  type ZooKeeperOptions,
  ZooKeeperSession,
} from "./zookeeper/session-supervisor.ts";
