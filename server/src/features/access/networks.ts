import type { Scope } from '../../clearml/endpoint.ts';
import { lockSetting, writeSetting } from '../../platform/live-settings.ts';
import { isAddress, Networks } from '../../platform/networks.ts';
import { recordChange } from '../audit/index.ts';
import { networksKey } from './access-rules.ts';

/** Writes the networks that may reach API and file server, for all servers. The handle must be a transaction. */
export async function writeNetworks(scope: Scope, networks: readonly string[]): Promise<void> {
  const before = (await lockSetting(scope.db, networksKey)) ?? [];
  await writeSetting(scope.db, networksKey, networks);
  const states = { before: { networks: before }, after: { networks } };
  const change = { action: 'update', subject: 'setting', id: networksKey, name: networksKey } as const;
  await recordChange(scope, { ...change, ...states });
}

export interface LeftOut {
  accessKey: string;
  label: string | null;
  user: string;
  address: string;
  lastUsed: Date;
}

/** For so long a program counts as one that still calls. */
const recentMs = 30 * 86_400_000;
const maxListed = 100;

/** Key pairs that were used of late from addresses that `networks` leave out, the last used first. */
export async function leftOutBy({ db, caller }: Scope, networks: readonly string[]): Promise<LeftOut[]> {
  if (networks.length === 0) return [];
  const rows = await db
    .selectFrom('credentials')
    .innerJoin('users', 'users.id', 'credentials.user_id')
    .select(['access_key', 'label', 'users.name', 'last_used', 'last_used_from'])
    .where('users.company', '=', caller.company)
    .where('last_used', '>', new Date(Date.now() - recentMs))
    .where('last_used_from', 'is not', null)
    .orderBy('last_used', 'desc')
    .limit(10_000)
    .execute();
  const allowed = new Networks(networks);
  return rows
    .flatMap(({ access_key: accessKey, label, name: user, last_used: lastUsed, last_used_from: address }) =>
      // The server itself notes words where it uses a key, and no address.
      lastUsed && address && isAddress(address) && !allowed.includes(address)
        ? [{ accessKey, label, user, address, lastUsed }]
        : [],
    )
    .slice(0, maxListed);
}
