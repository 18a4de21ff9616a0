import type { MappingRightsInput } from '@arno/protocol';
import type { Scope } from '../../clearml/endpoint.ts';
import { MappingError } from './errors.ts';

/** What of a caller rights may be given to. */
export interface RightsHolder {
  userId: string;
  roles: readonly string[];
  groups: readonly string[];
  /** Set when a consumer key calls. */
  key?: { mappingId: string };
}

/** What a mapping says of who may call it. */
export interface Rights {
  id: string;
  access: string;
  allowed_roles: readonly string[];
  allowed_groups: readonly string[];
  allowed_users: readonly string[];
}

/** A consumer key is good for its mapping, whatever people may do there; it has none of its maker's rights. */
export function mayCall({ key, userId, roles, groups }: RightsHolder, mapping: Rights): boolean {
  if (key) return key.mappingId === mapping.id;
  switch (mapping.access) {
    case 'anyone':
      return true;
    case 'listed':
      return (
        mapping.allowed_users.includes(userId) ||
        mapping.allowed_roles.some((role) => roles.includes(role)) ||
        mapping.allowed_groups.some((group) => groups.includes(group))
      );
    default:
      return false;
  }
}

/** The columns of rights and limits; what is not given is open and without limit. @throws MappingError for an unknown user */
export async function checkedRights(scope: Scope, input: MappingRightsInput) {
  const { access = 'anyone', allowed_roles = [], allowed_groups = [], allowed_users = [] } = input;
  const { calls_per_minute = null, calls_per_day = null } = input;
  await requireUsers(scope, allowed_users);
  return {
    access,
    allowed_roles: distinct(allowed_roles),
    // Keycloak puts a slash before its groups, others do not.
    allowed_groups: distinct(allowed_groups.map((group) => group.replace(/^\//, ''))),
    allowed_users: distinct(allowed_users),
    calls_per_minute,
    calls_per_day,
  };
}

/** The same columns of a row, as input: what an update begins with. */
export function rightsOf(row: Required<MappingRightsRow>): MappingRightsInput {
  const { access, allowed_roles, allowed_groups, allowed_users, calls_per_minute, calls_per_day } = row;
  return {
    access: access as NonNullable<MappingRightsInput['access']>,
    ...{ allowed_roles, allowed_groups, allowed_users, calls_per_minute, calls_per_day },
  };
}

interface MappingRightsRow {
  access: string;
  allowed_roles: string[];
  allowed_groups: string[];
  allowed_users: string[];
  calls_per_minute: number | null;
  calls_per_day: number | null;
}

async function requireUsers({ db, caller }: Scope, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = await db
    .selectFrom('users')
    .select('id')
    .where('company', '=', caller.company)
    .where('id', 'in', [...ids])
    .execute();
  const known = new Set(rows.map(({ id }) => id));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown === undefined) return;
  throw new MappingError(
    'invalid',
    'allowed_users',
    `allowed_users: there is no user with the id ${unknown}`,
  );
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
