import { type Reading, readNumber, wordsOf } from './reading.ts';

/** An OpenID Connect provider, such as Keycloak, and what its roles mean here. */
export interface OidcConfig {
  issuer: string;
  clientId: string;
  /** Undefined for a public client, which PKCE alone protects. */
  clientSecret: string | undefined;
  /** Ours by the provider's name; undefined leaves it to the console, where an administrator edits them. */
  roles: ReadonlyMap<string, OidcRole> | undefined;
  /** Of which an access token must name one as its audience or authorized party; empty accepts all of the issuer's. */
  audiences: readonly string[];
  /** Seconds that the provider's clock and ours may differ. */
  clockSkew: number;
}
export type OidcRole = 'admin' | 'developer' | 'user';

/** Undefined without a single sign-on. */
export function readOidc(reading: Reading): OidcConfig | undefined {
  const { value, check } = reading;
  const [issuer, clientId] = [value('ARNO_OIDC_ISSUER'), value('ARNO_OIDC_CLIENT_ID')];
  const clientSecret = value('ARNO_OIDC_CLIENT_SECRET') || undefined;
  const roles = readRoleMap(value('ARNO_OIDC_ROLES'), check);
  const audiences = wordsOf(value('ARNO_OIDC_AUDIENCE'));
  const bounds = { min: 0, max: 300, what: 'seconds' };
  const clockSkew = readNumber('ARNO_OIDC_CLOCK_SKEW', reading, bounds);
  if (issuer === '' && clientId === '') return undefined;
  check(
    issuer !== '' && clientId !== '',
    'ARNO_OIDC_ISSUER and ARNO_OIDC_CLIENT_ID must both be set, or neither',
  );
  check(
    /^https:\/\/[^/]|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])([:/]|$)/.test(issuer),
    'ARNO_OIDC_ISSUER must begin with https:// (http:// only on this machine)',
  );
  return { issuer, clientId, clientSecret, roles, audiences, clockSkew };
}

function readRoleMap(text: string, check: Reading['check']): OidcConfig['roles'] {
  if (text === '') return undefined;
  const roles = new Map<string, OidcRole>();
  for (const pair of text.split(',')) {
    const [, name, role] = /^\s*([^=]+?)\s*=\s*(admin|developer|user)\s*$/.exec(pair) ?? [];
    if (name) roles.set(name, role as OidcRole);
    check(
      name !== undefined,
      `ARNO_OIDC_ROLES: "${pair}" must be a role of the provider = admin, developer or user`,
    );
  }
  return roles;
}
