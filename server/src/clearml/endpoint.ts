import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { AllEndpoints, EndpointName } from '@arno/protocol/clearml';
import type { Kysely } from 'kysely';
import type { Db } from '../platform/database.ts';
import type { Logger } from '../platform/log.ts';
import type { DB } from '../platform/schema.ts';
import type { Version } from './contracts.ts';

/** Who calls. Every query is bound to the company of its caller. */
export interface Caller {
  userId: string;
  userName: string;
  company: string;
  companyName: string;
  role: 'admin' | 'developer' | 'user';
  /** An account that agents work under, with rights on the tasks that they run. */
  isAgent?: boolean;
  /** Id of the task whose program calls, with its owner's rights. */
  task?: string;
  /** How the caller proved who they are; absent where the server calls itself. */
  proof?: Proof;
}

/** What a session that this call opens is bound to: it ends when one of these does. */
export interface Proof {
  /** Access key of the pair it was made with. */
  key?: string;
  /** Id of the personal token it was made with. */
  accessToken?: string;
  /** The first session of those that were made with one another. */
  rootSession?: string;
  /** When the first of them ends. */
  expiresAt?: Date;
  /** Id of whoever opened it for another person. */
  madeBy?: string;
}

/** A database handle with the caller bound to it: the pool for a read, one transaction for a write. */
export interface Scope {
  db: Db;
  caller: Caller;
  /** One instant for all that a call writes. */
  now: Date;
}

/** What a handler knows of the call beside its request. */
export interface Call extends Scope {
  version: Version;
  log: Logger;
  /** Peer address. */
  ip: string;
  /** `X-ClearML-Worker`: the agent or host the call speaks for. */
  worker: string | undefined;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Sets a header of the answer. */
  setHeader(name: string, value: string): void;
}

/** A call that opens its transaction itself. */
export interface ReportCall extends Call {
  db: Kysely<DB>;
}

/** A call before anybody logged in: there is no caller and no transaction. */
export interface OpenCall extends Omit<Call, 'caller' | 'db'> {
  db: Kysely<DB>;
  headers: IncomingHttpHeaders;
}

type Request<Name extends EndpointName> = AllEndpoints[Name]['request'];

/** An answer that is sent as it is, without the envelope: a file that the browser saves. A stream outlives the handler. */
export class RawAnswer {
  readonly contentType: string;
  /** The name to save it under. */
  readonly filename: string;
  readonly body: string | Readable;

  constructor(contentType: string, filename: string, body: string | Readable) {
    this.contentType = contentType;
    this.filename = filename;
    this.body = body;
  }
}

/** Answers are checked against the wire schema by every test, so their type here is only "an object". */
type Answer = object | Promise<object>;

export type Endpoint = { name: EndpointName } & (
  | { access: 'open'; handle: (call: OpenCall, request: never) => Answer }
  | { access: 'read' | 'write'; handle: (call: Call, request: never) => Answer }
  | { access: 'batch'; handle: (call: Call, items: Record<string, unknown>[]) => Answer }
  | { access: 'report'; handle: (call: ReportCall, items: Iterable<Record<string, unknown>>) => Answer }
);

/** Binds an endpoint that anybody may call. */
export function open<Name extends EndpointName>(
  name: Name,
  handle: (call: OpenCall, request: Request<Name>) => Answer,
): Endpoint {
  return { name, access: 'open', handle };
}

/** Binds an endpoint that changes nothing; its statements run on the pool. */
export function read<Name extends EndpointName>(
  name: Name,
  handle: (call: Call, request: Request<Name>) => Answer,
): Endpoint {
  return { name, access: 'read', handle };
}

/** Binds an endpoint that runs in one transaction: it commits when the handler returns and rolls back when it throws. */
export function write<Name extends EndpointName>(
  name: Name,
  handle: (call: Call, request: Request<Name>) => Answer,
): Endpoint {
  return { name, access: 'write', handle };
}

/** Binds an endpoint that takes JSON lines, in one transaction. */
export function batch(
  name: EndpointName,
  handle: (call: Call, items: Record<string, unknown>[]) => Answer,
): Endpoint {
  return { name, access: 'batch', handle };
}

/**
 * Binds an endpoint that takes JSON lines by the thousand: the items are parsed, and may be refused, as they are read. It shares a
 * transaction with other calls, which it opens itself, and who calls may be known from a few seconds ago.
 */
export function report(
  name: EndpointName,
  handle: (call: ReportCall, items: Iterable<Record<string, unknown>>) => Answer,
): Endpoint {
  return { name, access: 'report', handle };
}
