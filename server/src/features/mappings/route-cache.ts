import type { Scope } from '../../clearml/endpoint.ts';
import { findModelRoute, type ModelRoute, type ModelRouteKey } from './routes.ts';

/** PostgreSQL notifies this channel when an endpoint or machine mapping has changed (migrations/0016-on-demand.sql). */
export const mappingsChannel = 'arno_mappings';

/** How long a route is believed while no notification comes: the connection that listens may be broken. */
const believedMs = 2000;

interface Entry {
  /** Once it was looked up, the route itself. */
  route: ModelRoute | Promise<ModelRoute | undefined>;
  until: number;
}

/**
 * Routes of On-Demand calls in memory, since most calls ask for the one that was asked for just now. Only what exists is kept,
 * so that a new mapping serves at once and a stranger's guesses fill nothing.
 */
export class RouteCache {
  #entries = new Map<string, Entry>();

  /** An endpoint mapping with its machines; undefined when there is none. */
  find(scope: Scope, by: ModelRouteKey): Entry['route'] {
    // No name that a mapping can have contains a line break.
    const name = 'alias' in by ? by.alias : `${by.publicId}\n${by.endpoint}`;
    const key = `${scope.caller.company}\n${name}`;
    const known = this.#entries.get(key);
    if (known && known.until > performance.now()) return known.route;
    return this.#load(scope, by, key);
  }

  /** Forgets everything: a mapping has changed. What is being looked up right now is not kept either. */
  clear(): void {
    this.#entries = new Map();
  }

  #load(scope: Scope, by: ModelRouteKey, key: string): Promise<ModelRoute | undefined> {
    const entries = this.#entries;
    const forget = () => void entries.delete(key);
    const route = findModelRoute(scope, by);
    const entry: Entry = { route, until: performance.now() + believedMs };
    entries.set(key, entry);
    route.then((found) => {
      if (found) entry.route = found;
      else forget();
    }, forget);
    return route;
  }
}
