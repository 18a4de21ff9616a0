import type { Kysely } from 'kysely';
import { insertQueuedClones, type QueuedClone, queuedClone } from '../../features/queues/index.ts';
import type { Hyperparams } from '../../features/tasks/index.ts';
import type { Job } from '../../platform/batches.ts';
import { brokenReference, isRowFault } from '../../platform/database.ts';
import type { DB } from '../../platform/schema.ts';
import { insertCallRows } from '../enqueue/call-rows.ts';
import { withParams } from '../enqueue/params.ts';
import { cloneName } from './clone-name.ts';
import { asOwner, findSites, type Site, siteKey, unknownQueue } from './embedded-sites.ts';
import type { Accept, Acceptance, PoolScope, TaskOrder } from './task-backend.ts';
import { writeAccepted } from './write-accepted.ts';

/** An order of a task that is to be cloned and queued. */
export interface Placement {
  scope: PoolScope;
  order: TaskOrder;
  accept: Accept<unknown>;
}

type PlacementJob = Job<Placement, unknown>;

/** Characters of clones that are written at once: a few large ones must not make a text that is too large for anybody. */
const maxChars = 4 * 1024 * 1024;

/** Places orders. One that cannot be placed does not keep the others from it. */
export async function placeAll(db: Kysely<DB>, jobs: readonly PlacementJob[]): Promise<void> {
  const wanted = new Map(jobs.map(({ item }) => [siteKey(item), item]));
  const found = await findSites(db, [...wanted.values()]);
  const sites = new Map([...wanted.keys()].map((key, index) => [key, found[index]]));
  let chunk: Ready[] = [];
  let chars = 0;
  for (const job of jobs) {
    const ready = tryToPrepare(job, sites.get(siteKey(job.item)));
    if (!ready) continue;
    const { length } = ready.clone.task;
    if (chars + length > maxChars) {
      await write(db, chunk);
      chunk = [];
      chars = 0;
    }
    chunk.push(ready);
    chars += length;
  }
  await write(db, chunk);
}

interface Ready extends Prepared {
  job: PlacementJob;
}

/** Rejects what cannot be placed. */
function tryToPrepare(job: PlacementJob, site: PromiseSettledResult<Site> | undefined): Ready | undefined {
  try {
    if (site?.status !== 'fulfilled') throw site?.reason;
    return { ...prepare(site.value, job.item), job };
  } catch (error) {
    job.reject(error);
    return undefined;
  }
}

interface Prepared extends Acceptance<unknown> {
  clone: QueuedClone;
  /** Name of the queue. */
  queue: string;
}

function prepare({ template, queue, project }: Site, { scope, order, accept }: Placement): Prepared {
  const { image: _, ...container } = template.container as Record<string, unknown>;
  const overrides = {
    name: cloneName(template.name, scope.now),
    comment: [template.comment, order.comment].filter(Boolean).join('\n\n'),
    project,
    tags: [...new Set([...template.tags, ...order.tags])],
    hyperparams: withParams(template.hyperparams as unknown as Hyperparams, order.params),
    container: order.image ? { ...container, image: order.image } : container,
  };
  const place = { queueId: queue.id, isUrgent: order.isUrgent, reason: 'called through the gateway' };
  const clone = queuedClone(asOwner(scope, template), template, overrides, place);
  return { ...accept({ id: clone.id, name: clone.name, queue: queue.name }), clone, queue: queue.name };
}

/** One transaction in one round trip. What cannot be written fails alone: a chunk that holds it is halved until it is found. */
async function write(db: Kysely<DB>, chunk: readonly Ready[]): Promise<void> {
  const [first] = chunk;
  if (!first) return;
  try {
    const statements = [
      ...insertQueuedClones(chunk.map(({ clone }) => clone)),
      ...insertCallRows(chunk.map(({ rows }) => rows)),
    ];
    // All are written or none, so that one tells of all.
    await writeAccepted(db, first.rows.call.id, statements);
    for (const { job, answer } of chunk) job.resolve(answer);
  } catch (error) {
    if (chunk.length === 1 || !isRowFault(error)) {
      for (const { job, queue } of chunk) job.reject(isQueueGone(error) ? unknownQueue(queue) : error);
      return;
    }
    const half = chunk.length >> 1;
    await write(db, chunk.slice(0, half));
    await write(db, chunk.slice(half));
  }
}

/** The queue was deleted since it was found. */
function isQueueGone(error: unknown): boolean {
  return brokenReference(error) === 'queue_entries_queue_id_fkey';
}
