import type { Scope } from '../../clearml/endpoint.ts';
import { findModelRoute, type ModelRoute, type ModelRouteKey } from './routes.ts';

/** PostgreSQL notifies this channel when an endpoint or machine mapping has changed (migrations/0016-on-demand.sql). */
export const mappingsChannel = 'arno_mappings';

/** How long a route is believed while no notification comes: the connection that listens may be broken. */
const believedMs = 2000;

interface Entry {
  route: Promise<ModelRoute | undefined>;
  /** What came of it. */
  found?: ModelRoute;
  until: number;
}

/**
 * Routes of On-Demand calls in memory, since most calls ask for the one that was asked for just now. Only what exists is kept,
 * so that a new mapping serves at once and a stranger's guesses fill nothing.
 */
export class RouteCache {
  #entries = new Map<string, Entry>();

  /** A route that was found a moment ago, at once; undefined when find() must look. */
  known(company: string, by: ModelRouteKey): ModelRoute | undefined {
    return this.#believed(keyOf(company, by))?.found;
  }

  /** An endpoint mapping with its machines; undefined when there is none. */
  find(scope: Scope, by: ModelRouteKey): Promise<ModelRoute | undefined> {
    const key = keyOf(scope.caller.company, by);
    return this.#believed(key)?.route ?? this.#load(scope, by, key);
  }

  /** Forgets everything: a mapping has changed. What is being looked up right now is not kept either. */
  clear(): void {
    this.#entries = new Map();
  }

  #believed(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.until > performance.now() ? entry : undefined;
  }

  #load(scope: Scope, by: ModelRouteKey, key: string): Promise<ModelRoute | undefined> {
    const entries = this.#entries;
    const forget = () => void entries.delete(key);
    const route = findModelRoute(scope, by);
    const entry: Entry = { route, until: performance.now() + believedMs };
    entries.set(key, entry);
    route.then((found) => {
      if (found) entry.found = found;
      else forget();
    }, forget);
    return route;
  }
}

function keyOf(company: string, by: ModelRouteKey): string {
  // No name that a mapping can have contains a line break.
  return 'alias' in by ? `${company}\n${by.alias}` : `${company}\n${by.publicId}\n${by.endpoint}`;
}
