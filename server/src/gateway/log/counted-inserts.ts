import { setTimeout as pause } from 'node:timers/promises';
import { type Database, isRowFault } from '../../platform/database.ts';
import type { Logger } from '../../platform/log.ts';
import { pipelinedOn } from '../../platform/pipeline.ts';
import type { CallRecord } from './call.ts';
import { copyOf, writeTimeoutMs } from './call-store.ts';
import { CallSummer } from './call-sums.ts';
import { beginStatement, endStatement, type OpenSums, turnStatements } from './call-sums-store.ts';
import { countLostCalls } from './lost-calls.ts';

export interface CountedInsertsOptions {
  database: Pick<Database, 'db' | 'unsynced'>;
  log: Logger;
  /** The number of this server; see platform/presence.ts. */
  server: number;
  /** How far the statistics may be behind, in milliseconds. */
  turnMs?: number;
  /** Sums begin when rows come at least this often, in milliseconds; it is less work then. */
  oftenMs?: number;
}

/** Calls that took longer are counted by a trigger, so that who looks for lost ones need not read all of the log. */
const longestCountedMs = 60_000;
/** Rows wait while sums are written. What takes longer is given up. */
const sumsTimeoutMs = 3000;
/** Before lost calls are counted, and until what failed is tried again. */
const retryMs = 1000;
/** What could not be written in this time is left to other servers. */
const closeMs = 5000;

/**
 * Writes new rows of the log and adds their calls up for the statistics, in memory: to write sums with each commit costs a tenth of
 * the calls that two cores can answer. They are written every quarter of a second. Until then the rows bear the number of these sums,
 * so that calls whose sums were lost, with this server or a connection, are found and counted later, each exactly once (ADR 9).
 */
export class CountedInserts {
  readonly #options: CountedInsertsOptions;
  readonly #turnMs: number;
  readonly #oftenMs: number;
  /** Without them a trigger counts each row. */
  #open: OpenSums | undefined;
  #summer = new CallSummer();
  /** Calls are not counted, or may not be: those with the number that the database has for this server, and those with this one. */
  #lost: { own?: OpenSums | undefined } | undefined;
  /** New sums are being begun; what was lost is counted before. */
  #beginning: Promise<void> | undefined;
  /** The sums are being written. Rows wait for it, because they would bear a number that is over. */
  #turning: Promise<void> | undefined;
  #isWriting = false;
  #isDue = false;
  #isClosing = false;
  #timer: NodeJS.Timeout | undefined;
  #written = Number.NEGATIVE_INFINITY;

  constructor(options: CountedInsertsOptions) {
    this.#options = options;
    this.#turnMs = options.turnMs ?? 250;
    this.#oftenMs = options.oftenMs ?? 100;
  }

  /** Writes rows of calls that cannot be there yet in one commit: all or none. Only one at a time. */
  async insert(calls: readonly CallRecord[]): Promise<void> {
    await this.#turning;
    this.#isWriting = true;
    try {
      await this.#write(calls);
    } finally {
      this.#isWriting = false;
      if (this.#isDue) this.#turn();
    }
    const now = performance.now();
    if (!this.#open && now - this.#written < this.#oftenMs) this.#begin();
    this.#written = now;
  }

  /** Writes the sums that wait, when the last rows have been written. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.race([this.#end(), pause(closeMs, undefined, { ref: false })]);
    clearTimeout(this.#timer);
  }

  async #end(): Promise<void> {
    await this.#beginning;
    // Once for the sums, and once to end them.
    for (let turn = 0; turn < 2; turn++) {
      await this.#turning;
      this.#turn();
    }
    await this.#turning;
    // What was lost in the meantime is counted.
    await this.#beginning;
  }

  async #write(calls: readonly CallRecord[]): Promise<void> {
    const open = this.#isClosing ? undefined : this.#open;
    const counted = open ? calls.filter((call) => isCounted(call, open)) : [];
    for (const call of counted) call.sums_number = open?.number ?? null;
    try {
      await pipelinedOn(this.#options.database.unsynced, [copyOf(calls)], writeTimeoutMs);
    } catch (error) {
      // Whoever writes them again does not count them.
      for (const call of counted) call.sums_number = null;
      // After any other error nobody knows whether they were written.
      if (open && !isRowFault(error)) this.#lose(error, open);
      throw error;
    }
    this.#summer.add(counted);
  }

  #becomeDue(): void {
    this.#timer = undefined;
    this.#isDue = true;
    if (!this.#isWriting) this.#turn();
  }

  /** Writes the sums, or ends them when there are none. Not while rows are written. */
  #turn(): void {
    this.#turning ??= this.#writeSums().finally(() => {
      this.#turning = undefined;
    });
  }

  async #writeSums(): Promise<void> {
    this.#isDue = false;
    const open = this.#open;
    if (!open) return;
    const sums = this.#summer.sums;
    const since = earliest();
    const statements = sums.length > 0 ? turnStatements(open, since, sums) : [endStatement(open)];
    let row: { number: number } | undefined;
    try {
      const [rows] = await pipelinedOn(this.#options.database.unsynced, statements, sumsTimeoutMs);
      [row] = rows as { number: number }[];
    } catch (error) {
      this.#lose(error);
      return;
    }
    if (!row) {
      this.#lose(new Error('the database has other sums of this server'), open);
      return;
    }
    this.#summer = new CallSummer();
    this.#keep(sums.length > 0 ? { server: open.server, number: row.number, since } : undefined);
  }

  #keep(open: OpenSums | undefined): void {
    this.#open = open;
    if (open) this.#timer ??= setTimeout(() => this.#becomeDue(), this.#turnMs);
  }

  /** @param own sums that were certainly not written */
  #lose(error: unknown, own?: OpenSums): void {
    this.#open = undefined;
    this.#summer = new CallSummer();
    this.#lost = { own };
    this.#options.log.warn({ err: error }, 'sums of calls are in doubt; their calls will be counted again');
    this.#begin();
  }

  #begin(): void {
    this.#beginning ??= this.#beginAnew().finally(() => {
      this.#beginning = undefined;
    });
  }

  /** Until it succeeds: nobody else counts what a living server lost. */
  async #beginAnew(): Promise<void> {
    const { server, database, log } = this.#options;
    for (let tries = 0; tries === 0 || !this.#isClosing; tries++) {
      try {
        if (this.#lost) {
          // Writes that were given up get to where they can be seen.
          await pause(retryMs);
          await countLostCalls(database.db, server, this.#lost.own);
        }
        this.#lost = undefined;
        if (this.#isClosing) return;
        const since = earliest();
        this.#lost = {};
        const [rows] = await pipelinedOn(database.unsynced, [beginStatement(server, since)], sumsTimeoutMs);
        const [begun] = rows as { number: number }[];
        this.#lost = undefined;
        this.#keep(begun && { server, number: begun.number, since });
        return;
      } catch (error) {
        if (tries === 0) log.warn({ err: error }, 'calls cannot be added up; trying again');
      }
    }
  }
}

/** Calls that began before it are not counted in sums that begin now. */
function earliest(): Date {
  return new Date(Date.now() - longestCountedMs);
}

/** A call that has not ended, or that queued a task, changes later, and its row must have been counted by then. */
function isCounted({ kind, ended, clone_id, created }: CallRecord, { since }: OpenSums): boolean {
  return kind === 'ondemand' && ended !== null && clone_id === null && created >= since;
}
