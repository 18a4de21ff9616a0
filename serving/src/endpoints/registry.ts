import type { Logger } from 'pino';
import type { Engine, LoadModel } from '../engines/engine.ts';
import { messageOf, ServingError } from '../errors.ts';
import { type Bundle, type Description, readBundle, readWantedState, type WantedEndpoint } from './wanted.ts';

/** A version of a model in memory. */
export interface Loaded {
  readonly description: Description;
  readonly engine: Engine;
}

interface Version extends Loaded {
  id: string;
  loadedAt: Date;
  /** Calls that use it now; a retired version is closed when the last of them ends. */
  users: number;
  retired: boolean;
}

interface Entry {
  live?: Version;
  /** The version that `error` is about; it is not tried again until its files change. */
  failed?: string;
  error?: string;
}

/**
 * `loading`: its first version is on its way. `ready`: the wanted version serves. `outdated`: it does not load, the last good one
 * serves. `failed`: none serves.
 */
export type EndpointState = 'loading' | 'ready' | 'outdated' | 'failed';

export interface EndpointStatus {
  name: string;
  state: EndpointState;
  engine?: string;
  input?: Description['input'];
  output?: Description['output'];
  /** ISO 8601. */
  loaded_at?: string;
  error?: string;
}

/** Keeps the loaded models equal to the wanted state in `configFile`. */
export class Registry {
  readonly #configFile: string;
  readonly #engines: Record<Description['engine'], LoadModel>;
  readonly #log: Logger;
  readonly #entries = new Map<string, Entry>();
  #configError: string | undefined;

  constructor(configFile: string, engines: Record<Description['engine'], LoadModel>, log: Logger) {
    this.#configFile = configFile;
    this.#engines = engines;
    this.#log = log;
  }

  /** Why the wanted state cannot be read; until it can, everything stays as it is. */
  get configError(): string | undefined {
    return this.#configError;
  }

  /** Loads what is new or changed and unloads what is gone. Never throws: what is wrong is part of the status. */
  async reconcile(): Promise<void> {
    const wanted = await this.#readWanted();
    if (!wanted) return;
    const names = new Set(wanted.map(({ name }) => name));
    for (const [name, entry] of this.#entries) {
      if (names.has(name)) continue;
      this.#entries.delete(name);
      await this.#retire(entry.live);
      this.#log.info({ endpoint: name }, 'endpoint unloaded');
    }
    for (const endpoint of wanted) await this.#reconcileOne(endpoint);
  }

  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of entries) await this.#retire(entry.live);
  }

  /**
   * Lends the loaded version of an endpoint to `work`, and keeps it in memory until that ends, even if another version has
   * replaced it by then. Throws `unknown_endpoint` or `endpoint_unavailable`.
   */
  async use<Result>(name: string, work: (loaded: Loaded) => Promise<Result>): Promise<Result> {
    const entry = this.#entries.get(name);
    if (!entry) throw this.#unknown(name);
    const version = entry.live;
    if (!version) {
      const message = `Endpoint "${name}" is not loaded. GET /serve tells an administrator why.`;
      throw new ServingError('endpoint_unavailable', message);
    }
    version.users += 1;
    try {
      return await work(version);
    } finally {
      version.users -= 1;
      if (version.retired && version.users === 0) await version.engine.close();
    }
  }

  status(): EndpointStatus[] {
    return [...this.#entries].map(([name, { live, error }]) => ({
      name,
      state: stateOf(live, error),
      ...(live && {
        engine: live.description.engine,
        input: live.description.input,
        output: live.description.output,
        loaded_at: live.loadedAt.toISOString(),
      }),
      ...(error !== undefined && { error }),
    }));
  }

  async #readWanted(): Promise<WantedEndpoint[] | undefined> {
    try {
      const wanted = await readWantedState(this.#configFile);
      this.#configError = undefined;
      return wanted;
    } catch (error) {
      const message = messageOf(error);
      if (message !== this.#configError) this.#log.error({ error: message }, 'wanted state not readable');
      this.#configError = message;
      return undefined;
    }
  }

  async #reconcileOne({ name, folder }: WantedEndpoint): Promise<void> {
    const entry = this.#entries.get(name) ?? {};
    this.#entries.set(name, entry);
    let bundle: Bundle | undefined;
    try {
      bundle = await readBundle(folder);
      if (bundle.version === entry.failed) return;
      if (bundle.version !== entry.live?.id) await this.#load(name, entry, bundle);
      delete entry.error;
      delete entry.failed;
    } catch (error) {
      const message = messageOf(error);
      if (message !== entry.error)
        this.#log.error({ endpoint: name, error: message }, 'endpoint does not load');
      entry.error = message;
      if (bundle) entry.failed = bundle.version;
      else delete entry.failed;
    }
  }

  async #load(name: string, entry: Entry, bundle: Bundle): Promise<void> {
    const { description, file, version } = bundle;
    const engine = await this.#engines[description.engine](file, description);
    const previous = entry.live;
    entry.live = { id: version, description, engine, loadedAt: new Date(), users: 0, retired: false };
    this.#log.info({ endpoint: name, engine: description.engine }, 'endpoint loaded');
    await this.#retire(previous);
  }

  async #retire(version: Version | undefined): Promise<void> {
    if (!version) return;
    version.retired = true;
    if (version.users === 0) await version.engine.close();
  }

  #unknown(name: string): ServingError {
    const known = [...this.#entries.keys()].slice(0, 50).join(', ') || 'none';
    return new ServingError('unknown_endpoint', `There is no endpoint "${name}". Known endpoints: ${known}.`);
  }
}

function stateOf(live: Version | undefined, error: string | undefined): EndpointState {
  if (live) return error === undefined ? 'ready' : 'outdated';
  return error === undefined ? 'loading' : 'failed';
}
