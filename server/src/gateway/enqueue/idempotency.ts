import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';
import { GatewayError } from '../errors.ts';

/** A key with which a caller may make the same call again without making a second one. */
export interface IdempotencyKey {
  key: string;
  /** The body of the call as it came: another one under the same key is a mistake. */
  body: Buffer;
}

/** A key as it is kept: of one caller, for one call. */
export interface KeyUse {
  company: string;
  callerId: string;
  key: string;
  fingerprint: Buffer;
}

/** Hours that a key is kept. */
const keptHours = 24;
const wellFormed = /^[\x21-\x7e]{1,255}$/;

/**
 * The header Idempotency-Key; undefined when there is none.
 *
 * @throws GatewayError invalid_request
 */
export function readIdempotencyKey(
  header: string | string[] | undefined,
  body: Buffer,
): IdempotencyKey | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && wellFormed.test(header)) return { key: header, body };
  const message = 'Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID';
  throw new GatewayError('invalid_request', message);
}

/** The use of a key for a call of a mapping. */
export function keyUse(
  { key, body }: IdempotencyKey,
  call: { company: string; callerId: string; mappingId: string },
): KeyUse {
  const { company, callerId, mappingId } = call;
  const fingerprint = createHash('sha256').update(`${mappingId}\n`).update(body).digest();
  return { company, callerId, key, fingerprint };
}

/** The call was made before, with the same idempotency key. */
export class RepeatedCall extends Error {
  readonly callId: string;

  constructor(callId: string) {
    super('the call was made before');
    this.callId = callId;
  }
}

/**
 * Lets through a call whose key was not used before.
 *
 * @throws RepeatedCall when it was used for the same call, GatewayError idempotency_conflict for another one
 */
export async function requireNew(db: Db, use: KeyUse): Promise<void> {
  const { company, callerId, key, fingerprint } = use;
  const { rows } = await sql<{ call_id: string; fingerprint: Buffer }>`
    SELECT call_id, fingerprint FROM idempotency_keys
    WHERE company = ${company} AND caller_id = ${callerId} AND key = ${key}
      AND created > now() - ${keptHours} * interval '1 hour'`.execute(db);
  const [kept] = rows;
  if (!kept) return;
  if (kept.fingerprint.equals(fingerprint)) throw new RepeatedCall(kept.call_id);
  const message = 'this Idempotency-Key was used for another call; make a new one for each call';
  throw new GatewayError('idempotency_conflict', message);
}

/**
 * Keeps a key with the call, in the transaction that writes the call. Two that come at once: the second waits here for the end of
 * the first.
 *
 * @throws RepeatedCall, GatewayError idempotency_conflict
 */
export async function keepKey(db: Db, use: KeyUse, callId: string): Promise<void> {
  const { company, callerId, key, fingerprint } = use;
  const { rows } = await sql`
    INSERT INTO idempotency_keys AS kept (company, caller_id, key, fingerprint, call_id, created)
    VALUES (${company}, ${callerId}, ${key}, ${fingerprint}, ${callId}, now())
    ON CONFLICT (company, caller_id, key) DO UPDATE
      SET fingerprint = excluded.fingerprint, call_id = excluded.call_id, created = excluded.created
      WHERE kept.created <= now() - ${keptHours} * interval '1 hour'
    RETURNING 1`.execute(db);
  if (rows.length > 0) return;
  await requireNew(db, use);
  throw new Error('an idempotency key was neither kept nor found');
}

/** Forgets keys that no longer count. */
export async function dropOldKeys(db: Db): Promise<void> {
  await sql`DELETE FROM idempotency_keys WHERE created <= now() - ${keptHours} * interval '1 hour'`.execute(
    db,
  );
}
