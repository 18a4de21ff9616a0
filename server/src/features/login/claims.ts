import type { IDToken } from 'openid-client';
import type { OidcRole } from '../../config.ts';

/** A person as their provider knows them. */
export interface OidcPerson {
  issuer: string;
  subject: string;
  username: string;
  name: string;
  email: string | undefined;
  role: OidcRole;
}

type Claims = Readonly<Record<string, unknown>>;

/** @param claims of the ID token, which identifies, and others of the same person, which describe */
export function personOf(
  { identity, more }: { identity: IDToken; more: Claims[] },
  roles: ReadonlyMap<string, OidcRole>,
): OidcPerson {
  const all: Claims[] = [identity, ...more];
  const text = (name: string) => all.map((claims) => claims[name]).find((value) => typeof value === 'string');
  const email = text('email') as string | undefined;
  const username = (text('preferred_username') ?? email ?? identity.sub) as string;
  const name = (text('name') ?? username) as string;
  return { issuer: identity.iss, subject: identity.sub, username, name, email, role: roleOf(all, roles) };
}

const strongestFirst: readonly OidcRole[] = ['admin', 'developer'];

function roleOf(all: readonly Claims[], roles: ReadonlyMap<string, OidcRole>): OidcRole {
  const found = new Set(all.flatMap(roleNames).map((name) => roles.get(name)));
  return strongestFirst.find((role) => found.has(role)) ?? 'user';
}

/** Keycloak's realm roles, and the plain claims of providers that have no realms. */
function roleNames(claims: Claims): string[] {
  const { realm_access: realm, roles } = claims as { realm_access?: { roles?: unknown }; roles?: unknown };
  return [realm?.roles, roles].flat().filter((name) => typeof name === 'string');
}
