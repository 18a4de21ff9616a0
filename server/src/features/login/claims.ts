import type { OidcRole } from '../../config.ts';

/** Our roles by the provider's names of theirs. */
export type RoleMap = ReadonlyMap<string, OidcRole>;

/** A person as their provider knows them. */
export interface OidcPerson {
  issuer: string;
  subject: string;
  username: string;
  name: string;
  email: string | undefined;
  /** Ours. */
  role: OidcRole;
  /** The provider's. */
  roles: string[];
  /** Without the slash that Keycloak puts before them: `lab/vision`. */
  groups: string[];
}

/** What a token, an introspection or the user info says. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * @param claims what is said of one person; where several say the same, the first counts, and roles and groups are added up
 */
export function personOf(
  { iss, sub }: { iss: string; sub: string },
  claims: readonly Claims[],
  { clientId, roles: map }: { clientId: string; roles: RoleMap },
): OidcPerson {
  const text = (name: string) =>
    claims.map((each) => each[name]).find((value) => typeof value === 'string' && value !== '');
  const email = text('email') as string | undefined;
  const username = (text('preferred_username') ?? text('username') ?? email ?? sub) as string;
  const name = (text('name') ?? username) as string;
  const roles = distinct(claims.flatMap((each) => roleNames(each, clientId)));
  const groups = distinct(claims.flatMap(({ groups }) => texts(groups))).map((group) =>
    group.replace(/^\//, ''),
  );
  return {
    issuer: iss,
    subject: sub,
    username,
    name,
    email,
    role: roleOf(roles, map),
    roles,
    groups,
  };
}

const strongestFirst: readonly OidcRole[] = ['admin', 'developer'];

/** What somebody with the provider's roles is here: the strongest that one of them means, a user when none does. */
export function roleOf(names: readonly string[], map: RoleMap): OidcRole {
  const found = new Set(names.map((name) => map.get(name)));
  return strongestFirst.find((role) => found.has(role)) ?? 'user';
}

/** Keycloak's roles of the realm and of our client there, and the plain claim of providers that have neither. */
function roleNames(claims: Claims, clientId: string): string[] {
  const { realm_access: realm, resource_access: clients, roles } = claims as KeycloakClaims;
  const client = clients && Object.hasOwn(clients, clientId) ? clients[clientId] : undefined;
  return [realm?.roles, client?.roles, roles].flatMap(texts);
}

interface KeycloakClaims {
  realm_access?: { roles?: unknown } | null;
  resource_access?: Record<string, { roles?: unknown } | null> | null;
  roles?: unknown;
}

function texts(value: unknown): string[] {
  return [value].flat().filter((item) => typeof item === 'string' && item !== '') as string[];
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
