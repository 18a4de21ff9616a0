import type { Scope } from '../../clearml/endpoint.ts';
import { newId, randomText } from '../../platform/ids.ts';
import { recordChange } from '../audit/index.ts';
import { MappingError } from './errors.ts';
import * as store from './key-store.ts';

/** Keys that leaked into a repository are found by scanners through this prefix. No personal token (`arno_`) begins with it. */
export const consumerKeyPrefix = 'arnokey_';

export type KeyedTable = 'task_mappings' | 'endpoint_mappings';

/** A mapping whose keys are meant. */
export interface KeyedMapping {
  table: KeyedTable;
  id: string;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const defaultGraceHours = 24;

/** Makes a key; this is the only time its secret can be read. Answers undefined when there is no such mapping. */
export async function createKey(
  scope: Scope,
  mapping: KeyedMapping,
  { name, expires_in_days: days }: { name: string; expires_in_days?: number },
): Promise<{ id: string; key: string } | undefined> {
  const alias = await store.mappingAlias(scope, mapping);
  if (alias === undefined) return undefined;
  const id = newId();
  const key = newSecret();
  const expires = days === undefined ? null : after(scope, days * dayMs);
  await store.insertKey(scope, mapping, { id, name, hash: store.hashOf(key), expires });
  await record(scope, mapping, alias, 'create', { after: { id, name, expires } });
  return { id, key };
}

/**
 * Gives a key another secret; the one before it stays good for the grace period, so that its consumer can change over without a
 * gap. A still older one ends at once. Answers undefined when there is no such key.
 *
 * @throws MappingError for an expired key that gets no longer life
 */
export async function rotateKey(
  scope: Scope,
  mapping: KeyedMapping,
  id: string,
  {
    grace_hours: grace = defaultGraceHours,
    expires_in_days: days,
  }: { grace_hours?: number; expires_in_days?: number },
): Promise<{ id: string; key: string } | undefined> {
  const { alias, found } = await lock(scope, mapping, id);
  if (alias === undefined || !found) return undefined;
  const expires = days === undefined ? found.expires : after(scope, days * dayMs);
  if (expires && expires <= scope.now) {
    const words = 'expires_in_days is missing: this key has expired, so say how long its new secret lives';
    throw new MappingError('invalid', 'expires_in_days', words);
  }
  const key = newSecret();
  // A secret that has expired does not come back to life for the grace period.
  const isLive = !found.expires || found.expires > scope.now;
  const graceEnds = isLive ? earlier(after(scope, grace * hourMs), found.expires) : scope.now;
  await store.replaceSecret(scope, id, { hash: store.hashOf(key), expires, previous_expires: graceEnds });
  await record(scope, mapping, alias, 'rotate', { after: { ...found, expires } });
  return { id, key };
}

/** Ends a key with all its secrets. Whether there was such a one of this mapping. */
export async function revokeKey(scope: Scope, mapping: KeyedMapping, id: string): Promise<boolean> {
  const { alias, found } = await lock(scope, mapping, id);
  if (alias === undefined || !found) return false;
  await store.deleteKey(scope, id);
  await record(scope, mapping, alias, 'revoke', { before: found });
  return true;
}

async function lock(scope: Scope, mapping: KeyedMapping, id: string) {
  const alias = await store.mappingAlias(scope, mapping);
  return { alias, found: await store.lockKey(scope, mapping, id) };
}

interface KeyState {
  id: string;
  name: string;
  expires: Date | null;
}

/** An entry of the audit list, which stands in the history of the mapping that the key is for. */
async function record(
  scope: Scope,
  { id: mappingId }: KeyedMapping,
  mapping: string,
  action: 'create' | 'rotate' | 'revoke',
  { before, after }: { before?: KeyState; after?: KeyState },
): Promise<void> {
  const { name } = (after ?? before) as KeyState;
  const state = (key?: KeyState) =>
    key && { key: key.id, mapping, expires: key.expires?.toISOString() ?? null };
  await recordChange(scope, {
    ...{ action, subject: 'consumer_key', id: mappingId, name },
    ...{ before: state(before), after: state(after) },
  });
}

function newSecret(): string {
  return consumerKeyPrefix + randomText(32);
}

function after({ now }: Scope, ms: number): Date {
  return new Date(now.getTime() + ms);
}

function earlier(one: Date, other: Date | null): Date {
  return other && other < one ? other : one;
}
