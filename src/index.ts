/**
 * The package as a library: a node in this process (`createNode`), and a client of a node that runs elsewhere (`TessraxClient`).
 * Everything here keeps its meaning within a major version; nothing else of the package is meant to be imported.
 */
export type { StoredEntry } from './client/append.ts';
export { type ClientOptions, type Entry, TessraxClient } from './client/client.ts';
export type { ConfigFile } from './config.ts';
export type { LiveEvent } from './contract/operation.ts';
export type { JsonObject, JsonValue } from './core/entry/canonical-json.ts';
export { type ErrorFields, TessraxError } from './core/errors.ts';
export { type Appended, createNode, type EntryDraft, type NodeOptions, TessraxNode, type Wait } from './embedded.ts';
export type { Log, NodeStatus, PeerStatus } from './ports.ts';
export { VERSION } from './version.ts';
