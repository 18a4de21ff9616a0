import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type RawBuilder, sql } from 'kysely';
import { brokenUnique, type Db } from '../../platform/database.ts';
import { GatewayError } from '../errors.ts';
import { isBeingPlaced } from '../tasks/remote/orders.ts';

/** A key with which a caller may make the same call again without making a second one. */
export interface IdempotencyKey {
  key: string;
  /** What the call asks for: something else under the same key is a mistake. */
  body: string | Buffer;
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
  body: () => IdempotencyKey['body'],
): IdempotencyKey | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && wellFormed.test(header)) return { key: header, body: body() };
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

/** A request gets the answer of the call that it repeats: it is none of its own, has no row and is not counted. */
export function answersAgain(request: FastifyRequest, reply: FastifyReply): void {
  request.gatewayCall = undefined;
  reply.header('idempotency-replayed', 'true');
}

/** Milliseconds that a call waits for the outcome of the one that it repeats, and between two looks at that. */
const patience = { waitMs: 15_000, everyMs: 200 };
const retryAfterSeconds = 5;

/**
 * Lets through a call whose key was not used before. While the one that uses it may still be refused, which frees the key, nobody
 * can say whether the call is a new one: it waits.
 *
 * @throws RepeatedCall when it was used for the same call, GatewayError idempotency_conflict for another one, and
 *   backend_unavailable when the outcome of that call does not come
 */
export async function requireNew(db: Db, use: KeyUse, { waitMs, everyMs } = patience): Promise<void> {
  const end = performance.now() + waitMs;
  for (;;) {
    const kept = await findKept(db, use);
    if (!kept) return;
    if (!kept.fingerprint.equals(use.fingerprint)) {
      const message = 'this Idempotency-Key was used for another call; make a new one for each call';
      throw new GatewayError('idempotency_conflict', message);
    }
    if (!kept.is_open) throw new RepeatedCall(kept.call_id);
    if (performance.now() >= end) {
      const message =
        'the ClearML server has not taken the call with this Idempotency-Key yet; send it again';
      throw new GatewayError('backend_unavailable', message, undefined, retryAfterSeconds);
    }
    await sleep(everyMs);
  }
}

/** The call that has a key, and whether it may still be refused. */
async function findKept(db: Db, { company, callerId, key }: KeyUse) {
  const { rows } = await sql<{ call_id: string; fingerprint: Buffer; is_open: boolean }>`
    SELECT call_id, fingerprint, ${isBeingPlaced(sql.ref('idempotency_keys.call_id'))} AS is_open FROM idempotency_keys
    WHERE company = ${company} AND caller_id = ${callerId} AND key = ${key}
      AND created > now() - ${keptHours} * interval '1 hour'`.execute(db);
  return rows[0];
}

/** A key that is kept with its call. */
export interface NewKey extends KeyUse {
  callId: string;
}

/**
 * Keeps keys together with their calls. Two that come at once: the second waits here for the end of the first, and then breaks
 * the constraint that isKeyTaken() knows.
 */
export function keepKeys(keys: readonly NewKey[]): RawBuilder<unknown>[] {
  const rows = keys.map(({ company, callerId: caller_id, key, fingerprint, callId: call_id }) => {
    return { company, caller_id, key, fingerprint: `\\x${fingerprint.toString('hex')}`, call_id };
  });
  const given = sql`json_populate_recordset(NULL::idempotency_keys, ${JSON.stringify(rows)})`;
  return [
    sql`DELETE FROM idempotency_keys AS kept USING ${given} AS given
      WHERE kept.company = given.company AND kept.caller_id = given.caller_id AND kept.key = given.key
        AND kept.created <= now() - ${keptHours} * interval '1 hour'`,
    sql`INSERT INTO idempotency_keys (company, caller_id, key, fingerprint, call_id, created)
      SELECT company, caller_id, key, fingerprint, call_id, now() FROM ${given}`,
  ];
}

/** Whether a call could not be written because another one has its key: requireNew() tells which. */
export function isKeyTaken(error: unknown): boolean {
  return brokenUnique(error) === 'idempotency_keys_pkey';
}

/** Forgets keys that no longer count. */
export async function dropOldKeys(db: Db): Promise<void> {
  await sql`DELETE FROM idempotency_keys WHERE created <= now() - ${keptHours} * interval '1 hour'`.execute(
    db,
  );
}
