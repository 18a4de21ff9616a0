import type { Caller } from '../../clearml/endpoint.ts';

/** Who calls the gateway: a person, or a program with a consumer key. */
export interface GatewayCaller extends Caller {
  /** What rights may be given to: our role with the weaker ones it includes, and the roles of the identity provider. */
  roles: readonly string[];
  /** Groups of the identity provider, without the slash that some put before them. */
  groups: readonly string[];
  /** Set when a program calls. The user is then who made the key: its clones are theirs, its calls are not. */
  key?: ConsumerKey;
}

export interface ConsumerKey {
  id: string;
  name: string;
  /** The only mapping it is good for. */
  mappingId: string;
}

/** Who made a call, for limits and idempotency: the id of a consumer key or of a user. */
export function callerId({ key, userId }: Pick<GatewayCaller, 'key' | 'userId'>): string {
  return key?.id ?? userId;
}

const strongestFirst: readonly string[] = ['admin', 'developer', 'user'] satisfies Caller['role'][];

/** Our names mean our roles alone: a provider's role of the same name is worth what ARNO_OIDC_ROLES makes of it. */
export function rolesOf(role: Caller['role'], theirs: readonly string[]): string[] {
  const ours = strongestFirst.slice(strongestFirst.indexOf(role));
  return [...ours, ...theirs.filter((name) => !strongestFirst.includes(name))];
}
