import { type Static, Type } from 'typebox';
import { exactly } from './common.ts';
import type { Role } from './people.ts';

/**
 * Who may come in, and what belongs to whom. Settings hold on all servers within a moment; where an environment variable says the
 * same, it wins, and `fixed_by` names it.
 *
 *   GET    access -> AccessSettings                                          admins
 *   PUT    access/networks {networks} -> AllowedNetworks                     refused when it would shut out who asks
 *   POST   access/networks/check {networks} -> NetworksCheck
 *   PUT    access/roles {roles} -> RoleMap                                   people of the single sign-on get their new roles at once
 *   POST   access/roles/check {roles, names} -> RoleMapCheck
 *   POST   access/oidc/check -> ProviderCheck                                asks the identity provider
 *
 * Projects, for administrators all and for developers their own
 *
 *   GET    project-shares?q&shared&page&page_size -> Page<SharedProject>
 *   GET    projects/:id/shares -> ProjectShares;  PUT {shares: [{user_id?, can_write}]} -> ProjectShares
 */

export interface AccessSettings {
  /** Undefined without a single sign-on. */
  oidc?: OidcSettings;
  networks: AllowedNetworks;
}

/** The single sign-on as the environment of the server sets it up. */
export interface OidcSettings {
  issuer: string;
  client_id: string;
  /** A client without a secret is a public one. */
  has_secret: boolean;
  /** Of which an access token must name one; empty accepts all of the issuer's. */
  audiences: string[];
  clock_skew_seconds: number;
  role_map: RoleMap;
}

/** What the provider's roles mean here. Of several the strongest counts, and who has none of them is a user. */
export interface RoleMap {
  roles: Record<string, Role>;
  /** The environment variable that says so. */
  fixed_by?: string;
}

/** Networks that may reach the ClearML API and the file server; none lets all in. */
export interface AllowedNetworks {
  networks: string[];
  fixed_by?: string;
  /** Where this request came from. */
  your_address: string;
}

const cidr = Type.String({ minLength: 1, maxLength: 100 });

export const networksInput = Type.Object(
  { networks: Type.Array(cidr, { maxItems: 500, description: 'a list of at most 500 networks' }) },
  exactly,
);

export interface NetworksCheck {
  /** Whether who asks would still get in. */
  includes_you: boolean;
  /** Key pairs that were used in the last 30 days from addresses that the networks leave out; at most 100. */
  left_out: { access_key: string; label?: string; user: string; address: string; last_used_at: string }[];
}

const roleName = Type.String({ minLength: 1, maxLength: 200 });
const roleMap = Type.Record(
  Type.String({ pattern: '^[^=,]{1,200}$' }),
  Type.Enum(['admin', 'developer', 'user']),
  {
    ...{ maxProperties: 500, additionalProperties: false },
    description: 'names of roles of the provider, without = and commas, each with admin, developer or user',
  },
);

export const roleMapInput = Type.Object({ roles: roleMap }, exactly);

export const roleMapCheckInput = Type.Object(
  {
    roles: roleMap,
    /** The provider's roles of somebody to try it with. */
    names: Type.Array(roleName, { maxItems: 500 }),
  },
  exactly,
);

export interface RoleMapCheck {
  /** What somebody with the names would be. */
  role: Role;
  /** The names that mean something. */
  matched: { name: string; role: Role }[];
  /** People who have logged in and would get another role; at most 500. */
  changes: RoleChange[];
}

export interface RoleChange {
  id: string;
  username: string;
  name: string;
  from: Role;
  to: Role;
}

export interface ProviderCheck {
  ok: boolean;
  /** Why not. */
  reason?: string;
}

export const sharedProjectsQuery = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 200 })),
  /** Only those that are shared with somebody. */
  shared: Type.Optional(Type.Boolean()),
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
});
export type SharedProjectsQuery = Static<typeof sharedProjectsQuery>;

export interface SharedProject {
  id: string;
  /** With those of the projects above it: `lab/vision`. */
  name: string;
  owner: { id: string; name: string };
  /** How many people it is shared with. */
  people: number;
  /** Whether it is shared with everybody. */
  everybody: boolean;
}

/** Replaces all shares of a project. One without a user is with everybody. */
export const projectSharesInput = Type.Object(
  {
    shares: Type.Array(
      Type.Object(
        { user_id: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })), can_write: Type.Boolean() },
        exactly,
      ),
      { maxItems: 1000 },
    ),
  },
  exactly,
);

/** Who sees a project and all below it, beside administrators. */
export interface ProjectShares {
  owner: { id: string; name: string };
  /** One without a user is with everybody of the company. */
  shares: { user?: { id: string; name: string }; can_write: boolean }[];
}
