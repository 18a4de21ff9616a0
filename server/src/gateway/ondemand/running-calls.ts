import type { FastifyReply } from 'fastify';
import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';
import type { CallEnd } from './call-end.ts';

/** Where every server hears what becomes of calls; see 0017-enqueue.sql. An order to cancel one is told there too. */
export const callsChannel = 'arno_calls';

/** On-Demand calls whose answers this server is making or sending, so that they can be cancelled from anywhere. */
export class RunningCalls {
  readonly #ends = new Map<string, CallEnd>();

  add(id: string, end: CallEnd, { raw }: FastifyReply): void {
    if (raw.destroyed) return;
    this.#ends.set(id, end);
    raw.on('close', () => this.#ends.delete(id));
  }

  /** For each payload of the channel. */
  hear(payload: string | undefined): void {
    const [, id] = /^cancel (\w+)$/.exec(payload ?? '') ?? [];
    if (id !== undefined) this.#ends.get(id)?.cancel();
  }
}

/** Cancels a call on whichever server its answer is made. */
export async function cancelWherever(db: Db, id: string): Promise<void> {
  await sql`SELECT pg_notify(${callsChannel}, ${`cancel ${id}`})`.execute(db);
}
