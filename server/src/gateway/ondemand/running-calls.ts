import type { FastifyReply } from 'fastify';
import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';
import type { CallEnd } from './call-end.ts';

/** Where every server hears what becomes of calls; see 0017-enqueue.sql. An order to cancel one is told there too. */
export const callsChannel = 'arno_calls';

interface RunningCall {
  id: string;
  end: CallEnd;
}

/** On-Demand calls whose answers this server is making or sending, so that they can be cancelled from anywhere. */
export class RunningCalls {
  // Not a Map: one whose entries come and go leaves tables behind, each of which keeps the next one and what was in it, until
  // the collector goes through the whole heap. At thousands of calls a second that made it copy nearly every call twice.
  readonly #places: (RunningCall | undefined)[] = [];
  readonly #free: number[] = [];

  add(id: string, end: CallEnd, { raw }: FastifyReply): void {
    if (raw.destroyed) return;
    const place = this.#free.pop() ?? this.#places.length;
    this.#places[place] = { id, end };
    end.onClose(() => {
      this.#places[place] = undefined;
      this.#free.push(place);
    });
  }

  /** For each payload of the channel. */
  hear(payload: string | undefined): void {
    const [, id] = /^cancel (\w+)$/.exec(payload ?? '') ?? [];
    if (id !== undefined) this.#places.find((call) => call?.id === id)?.end.cancel();
  }
}

/** Cancels a call on whichever server its answer is made. */
export async function cancelWherever(db: Db, id: string): Promise<void> {
  await sql`SELECT pg_notify(${callsChannel}, ${`cancel ${id}`})`.execute(db);
}
