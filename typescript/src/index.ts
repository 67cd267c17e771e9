/**
 * Signed rejoin for clients of `@microsoft/signalr`: the groups of a connection survive a reconnect, and a kill and restart of the
 * server. Section 10.6 of `specs/core-signalr.md` says what travels.
 */
export { withSignedRejoin } from "./builder.js";
export type { SignedRejoinBuilder, SignedRejoinOptions } from "./builder.js";
export type { RejoinResult, SignedRejoinConnection } from "./connection.js";
export { MemoryTokenStore, StorageTokenStore } from "./store.js";
export type { TokenStore } from "./store.js";
