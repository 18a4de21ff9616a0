import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { queueOrder } from './entries.ts';

/** Where tasks of a queue are to stand: beside another one that waits there, or at an end. */
export type Place = { before: string } | { after: string } | { to: 'front' | 'back' };

/**
 * Puts waiting tasks together at another place of their queue, in the order in which they wait now. The queue must be locked, so that
 * two moves do not mix. What is urgent is a matter of the place and not of the task, as for moveEntry().
 *
 * @returns the tasks that wait, which have been placed; undefined when the one they were to stand beside no longer waits
 */
export async function placeEntries(
  { db }: Scope,
  queueId: string,
  taskIds: readonly string[],
  place: Place,
): Promise<string[] | undefined> {
  const beside = 'before' in place ? place.before : 'after' in place ? place.after : undefined;
  const waiting = await waitingOf(db, queueId, beside === undefined ? taskIds : [...taskIds, beside]);
  if (beside !== undefined && !waiting.includes(beside)) return undefined;
  const block = waiting.filter((id) => taskIds.includes(id));
  // Half a place before or behind a neighbour, whose own place nobody else can have.
  const at =
    'to' in place
      ? sql`${place.to === 'front' ? 0 : 2 ** 52}::float8`
      : sql`(SELECT place + ${'before' in place ? -0.5 : 0.5}::float8 FROM line WHERE task_id = ${beside})`;
  await sql`
    WITH line AS (
      SELECT task_id, position, priority, row_number() OVER (ORDER BY ${queueOrder}) AS place
      FROM waiting_entries WHERE queue_id = ${queueId}),
    wanted AS (
      SELECT task_id, row_number() OVER (
        ORDER BY CASE WHEN task_id = ANY(${block}::text[]) THEN ${at} ELSE place END, place) AS place
      FROM line)
    UPDATE queue_entries AS entry SET position = line.position, priority = line.priority FROM wanted JOIN line USING (place)
    WHERE entry.queue_id = ${queueId} AND entry.task_id = wanted.task_id AND line.task_id <> wanted.task_id`.execute(
    db,
  );
  return block;
}

/** Which of the tasks wait in the queue, in its order. */
async function waitingOf(db: Scope['db'], queueId: string, taskIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ task_id: string }>`
    SELECT task_id FROM waiting_entries WHERE queue_id = ${queueId} AND task_id = ANY(${[...taskIds]}::text[])
    ORDER BY ${queueOrder}`.execute(db);
  return rows.map(({ task_id }) => task_id);
}
