import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';
import type { CallEnd } from './call-end.ts';

/** Where every server hears what becomes of calls; see 0017-enqueue.sql. An order to cancel one is told there too. */
export const callsChannel = 'arno_calls';

/**
 * Pauses between one order to cancel a call and the next, which is given when the call goes on. The first are short because most
 * calls end at once; all of them together outlast a server that connects to PostgreSQL again, and hears nothing until then.
 */
const pausesMs = [20, 80, 200, 300, 400, 500, 500, 500, 500];

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

  /** For each payload of the channel. An order that was missed is given again, see `cancelWherever`. */
  hear(payload: string | undefined): void {
    const [, id] = /^cancel (\w+)$/.exec(payload ?? '') ?? [];
    if (id !== undefined) this.cancel(id);
  }

  /** @returns whether the answer of the call is made here */
  cancel(id: string): boolean {
    const call = this.#places.find((running) => running?.id === id);
    call?.end.cancel();
    return call !== undefined;
  }
}

/** Cancels a call on whichever server its answer is made. It may go on for a while, or if that server cannot be reached. */
export async function cancelWherever(db: Db, running: RunningCalls, id: string): Promise<void> {
  if (running.cancel(id)) return;
  for (const pauseMs of pausesMs) {
    await sql`SELECT pg_notify(${callsChannel}, ${`cancel ${id}`})`.execute(db);
    await sleep(pauseMs);
    if (!(await isRunning(db, id))) return;
  }
}

async function isRunning(db: Db, id: string): Promise<boolean> {
  const call = await db.selectFrom('calls').select('status').where('id', '=', id).executeTakeFirst();
  return call?.status === 'running';
}
