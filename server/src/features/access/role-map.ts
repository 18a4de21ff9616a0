import type { Role, RoleChange } from '@arno/protocol';
import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { lockSetting, writeSetting } from '../../platform/live-settings.ts';
import { recordChange } from '../audit/index.ts';
import { editAccount, requireAdmin } from '../auth/index.ts';
import { type RoleMap, roleOf } from '../login/index.ts';
import { rolesKey } from './access-rules.ts';

/** The people of an issuer whose role a map changes, judged by what the provider said at their last login. */
export async function roleChanges(scope: Scope, issuer: string, map: RoleMap): Promise<RoleChange[]> {
  const people = await scope.db
    .selectFrom('users')
    .select(['id', 'username', 'name', 'role', 'oidc_roles'])
    .where('company', '=', scope.caller.company)
    // Providers disagree with their own documents about a slash at the end.
    .where(sql`rtrim(oidc_issuer, '/')`, '=', issuer.replace(/\/+$/, ''))
    .orderBy('name')
    .execute();
  return people.flatMap(({ role, oidc_roles: names, ...person }) => {
    const to = roleOf(names, map);
    return to === role ? [] : [{ ...person, from: role as Role, to }];
  });
}

/**
 * Writes what the provider's roles mean, for all servers, and gives the people of the issuer their new roles at once. The handle must
 * be a transaction.
 *
 * @param before the map that held until now
 * @throws ClearmlError 400/300 when no administrator would be left
 */
export async function writeRoleMap(
  scope: Scope,
  issuer: string,
  { before, after }: { before: RoleMap; after: RoleMap },
): Promise<void> {
  await lockSetting(scope.db, rolesKey);
  await writeSetting(scope.db, rolesKey, Object.fromEntries(after));
  const states = {
    before: { roles: Object.fromEntries(before) },
    after: { roles: Object.fromEntries(after) },
  };
  const change = { action: 'update', subject: 'setting', id: rolesKey, name: rolesKey } as const;
  await recordChange(scope, { ...change, ...states });
  const changes = await roleChanges(scope, issuer, after);
  // Who rises first: an administrator may only lose the role while there is another one.
  const risesFirst = changes.toSorted(
    (one, other) => Number(other.to === 'admin') - Number(one.to === 'admin'),
  );
  for (const { id, to } of risesFirst) await editAccount(scope, id, { role: to });
  await requireAdmin(scope);
}
