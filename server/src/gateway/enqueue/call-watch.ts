import type { CallDocument } from '@arno/protocol';
import type { Kysely } from 'kysely';
import { type SqlBool, sql } from 'kysely';
import type { Logger } from '../../platform/log.ts';
import type { Notifications } from '../../platform/notifications.ts';
import type { DB } from '../../platform/schema.ts';
import { GatewayError } from '../errors.ts';
import { platformScope } from '../platform-scope.ts';
import { callDocument, type DocumentSources } from './document.ts';

export interface CallWatchOptions extends DocumentSources {
  db: Kysely<DB>;
  log: Logger;
  /** Of `callsChannel`, which tells the ids of queued calls whose status has changed. */
  changes: Notifications;
  /** Milliseconds between two looks at what nobody notifies: progress, places in queues; 1,000 when not given. */
  lookEveryMs?: number;
}

/** Told the document of a call that may have changed; undefined when the call was deleted. */
export type Watcher = (document: CallDocument | undefined) => void;

interface Watched {
  company: string;
  watchers: Set<Watcher>;
  /** What was seen at the last look: undefined of a call that was deleted, null before the first one. */
  seen: string | undefined | null;
}

/**
 * Tells those who watch calls what becomes of them. All watched calls are looked at together, and the document of one that has
 * changed is made once for all its watchers, one call after the other: many watchers cost the database no more than a few.
 */
export class CallWatch {
  readonly #options: CallWatchOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #changed = new Set<string>();
  #telling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: CallWatchOptions) {
    this.#options = options;
  }

  /**
   * Begins with the document as it is now.
   *
   * @returns how to watch no more
   */
  watch(call: { id: string; company: string }, watcher: Watcher): () => void {
    const watched = this.#watched.get(call.id) ?? {
      company: call.company,
      watchers: new Set(),
      seen: null,
    };
    this.#watched.set(call.id, watched);
    watched.watchers.add(watcher);
    this.#start();
    this.#mark(call.id);
    return () => {
      watched.watchers.delete(watcher);
      if (watched.watchers.size > 0) return;
      this.#watched.delete(call.id);
      if (this.#watched.size === 0) this.#stop();
    };
  }

  /** Waits for what is under way; nobody may watch any more. */
  async close(): Promise<void> {
    this.#watched.clear();
    this.#stop();
    await this.#looking;
    await this.#telling;
  }

  #start(): void {
    this.#unsubscribe ??= this.#options.changes.subscribe((id) => {
      if (id === undefined) for (const each of this.#watched.keys()) this.#mark(each);
      else this.#mark(id);
    });
    if (this.#timer === undefined && !this.#looking) this.#lookSoon();
  }

  #stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #lookSoon(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#looking = this.#look()
        .catch((err) =>
          this.#options.log.warn({ err }, 'watched calls could not be looked at; looking again'),
        )
        .finally(() => {
          this.#looking = undefined;
          if (this.#watched.size > 0 && this.#timer === undefined) this.#lookSoon();
        });
    }, this.#options.lookEveryMs ?? 1_000);
  }

  async #look(): Promise<void> {
    const states = await this.#states([...this.#watched.keys()]);
    for (const [id, watched] of this.#watched) {
      const now = states.get(id);
      if (now !== watched.seen) this.#mark(id);
      watched.seen = now;
    }
    // The next look comes when this one has been told of.
    await this.#telling;
  }

  /** A text for each call that differs when its document may differ; none for one that was deleted. */
  async #states(ids: string[]): Promise<Map<string, string>> {
    const { db, tasks } = this.#options;
    const rows = await db
      .selectFrom('calls')
      .select(['id', 'status', 'clone_id'])
      .where(sql<SqlBool>`id = ANY(${ids}::text[])`)
      .execute();
    const clones = rows.flatMap(({ clone_id }) => clone_id ?? []);
    const glances = clones.length > 0 ? await tasks.glance(platformScope(db, ''), clones) : new Map();
    return new Map(rows.map(({ id, status, clone_id }) => [id, `${status} ${glances.get(clone_id) ?? ''}`]));
  }

  #mark(id: string): void {
    if (!this.#watched.has(id)) return;
    this.#changed.add(id);
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = undefined;
    });
  }

  async #tell(): Promise<void> {
    for (const id of this.#changed) {
      this.#changed.delete(id);
      const watched = this.#watched.get(id);
      if (!watched) continue;
      try {
        const document = await this.#document(id, watched.company);
        for (const watcher of watched.watchers) watcher(document);
      } catch (err) {
        // Seen as changed again at the next look.
        watched.seen = null;
        this.#options.log.warn({ err, call: id }, 'a watched call could not be told of');
      }
    }
  }

  async #document(id: string, company: string): Promise<CallDocument | undefined> {
    try {
      return await callDocument(this.#options, platformScope(this.#options.db, company), id);
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'unknown_call') return undefined;
      throw error;
    }
  }
}
