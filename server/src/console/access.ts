import {
  type AccessSettings,
  type AllowedNetworks,
  type NetworksCheck,
  networksInput,
  type OidcSettings,
  type ProviderCheck,
  type Role,
  type RoleMapCheck,
  roleMapCheckInput,
  roleMapInput,
} from '@arno/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Scope } from '../clearml/endpoint.ts';
import type { OidcConfig } from '../config.ts';
import {
  type AccessRules,
  leftOutBy,
  roleChanges,
  writeNetworks,
  writeRoleMap,
} from '../features/access/index.ts';
import { ProviderUnavailable, roleOf } from '../features/login/index.ts';
import { inTransaction } from '../platform/database.ts';
import { isNetwork, Networks } from '../platform/networks.ts';
import { accountRule } from './account-rules.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { ConsoleApiError, notFound } from './errors.ts';

const admins = { config: { roles: ['admin'] } } as const;
/** People whose role would change that a check lists. */
const maxListed = 500;

/** Who may come in: the single sign-on, what its roles mean, and the networks of API and file server. */
export function accessRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  const { accessRules } = options;
  app.get('/access', admins, async ({ ip }): Promise<AccessSettings> => {
    const { oidc } = accessRules;
    const networks = networksView(accessRules, ip);
    return { ...(oidc && { oidc: oidcView(accessRules, oidc) }), networks };
  });
  networkRoutes(app, options);
  roleRoutes(app, options);
  providerRoute(app, options);
}

function networkRoutes(app: FastifyInstance, { db, accessRules, ownAgentAddress }: ConsoleOptions): void {
  type Body = { Body: Static<typeof networksInput> };

  app.post<Body>(
    '/access/networks/check',
    { ...admins, schema: { body: networksInput } },
    async (request): Promise<NetworksCheck> => {
      const networks = readNetworks(request.body.networks);
      const leftOut = await leftOutBy(scopeOf(db, request), networks);
      return {
        includes_you: includes(networks, request.ip),
        left_out: leftOut.map(({ accessKey, label, user, address, lastUsed }) => ({
          ...{ access_key: accessKey, user, address, last_used_at: lastUsed.toISOString() },
          ...(label !== null && { label }),
        })),
      };
    },
  );

  app.put<Body>(
    '/access/networks',
    { ...admins, schema: { body: networksInput } },
    async (request): Promise<AllowedNetworks> => {
      const networks = readNetworks(request.body.networks);
      mayEdit(accessRules.fixedBy.networks);
      requireIncluded(networks, request.ip, 'where you are');
      if (ownAgentAddress)
        requireIncluded(networks, ownAgentAddress, 'where the agent beside the server calls from');
      await inTransaction(db, (transaction) => writeNetworks(scopeOf(transaction, request), networks));
      await accessRules.refresh();
      return networksView(accessRules, request.ip);
    },
  );
}

function roleRoutes(app: FastifyInstance, { db, accessRules }: ConsoleOptions): void {
  app.post<{ Body: Static<typeof roleMapCheckInput> }>(
    '/access/roles/check',
    { ...admins, schema: { body: roleMapCheckInput } },
    async (request): Promise<RoleMapCheck> => {
      const { roles, names } = request.body;
      const map = new Map(Object.entries(roles));
      const { issuer } = requireOidc(accessRules);
      const changes = await roleChanges(scopeOf(db, request), issuer, map);
      const matched = names.flatMap((name) => {
        const role = map.get(name);
        return role ? [{ name, role }] : [];
      });
      return { role: roleOf(names, map), matched, changes: changes.slice(0, maxListed) };
    },
  );

  app.put<{ Body: Static<typeof roleMapInput> }>(
    '/access/roles',
    { ...admins, schema: { body: roleMapInput } },
    async (request) => {
      const oidc = requireOidc(accessRules);
      mayEdit(accessRules.fixedBy.roles);
      const after = new Map<string, Role>(Object.entries(request.body.roles));
      await inTransaction(db, async (transaction) => {
        const scope = scopeOf(transaction, request);
        await mustStayAdmin(scope, oidc.issuer, after);
        await writeRoleMap(scope, oidc.issuer, { before: accessRules.roles, after }).catch(
          accountRule('roles'),
        );
      });
      await accessRules.refresh();
      return oidcView(accessRules, oidc).role_map;
    },
  );
}

function providerRoute(app: FastifyInstance, { accessRules, oidc: login }: ConsoleOptions): void {
  app.post('/access/oidc/check', admins, async (): Promise<ProviderCheck> => {
    requireOidc(accessRules);
    try {
      await login?.checkProvider();
      return { ok: true };
    } catch (error) {
      if (!(error instanceof ProviderUnavailable)) throw error;
      return { ok: false, reason: error.message };
    }
  });
}

function networksView({ networks, fixedBy }: AccessRules, ip: FastifyRequest['ip']): AllowedNetworks {
  return {
    ...{ networks: [...networks], your_address: ip },
    ...(fixedBy.networks && { fixed_by: fixedBy.networks }),
  };
}

function oidcView({ roles, fixedBy }: AccessRules, config: OidcConfig): OidcSettings {
  return {
    issuer: config.issuer,
    client_id: config.clientId,
    has_secret: config.clientSecret !== undefined,
    audiences: [...config.audiences],
    clock_skew_seconds: config.clockSkew,
    role_map: { roles: Object.fromEntries(roles), ...(fixedBy.roles && { fixed_by: fixedBy.roles }) },
  };
}

/** @throws ConsoleApiError invalid_field for a text that is no network */
function readNetworks(texts: readonly string[]): string[] {
  const networks = [...new Set(texts.map((text) => text.trim()))];
  const wrong = networks.find((text) => !isNetwork(text));
  if (wrong === undefined) return networks;
  throw new ConsoleApiError('invalid_field', `"${wrong}" is no network; write 10.0.0.0/8`, 'networks');
}

function includes(networks: readonly string[], address: string): boolean {
  return networks.length === 0 || new Networks(networks).includes(address);
}

/** @throws ConsoleApiError conflict */
function requireIncluded(networks: readonly string[], address: string, what: string): void {
  if (includes(networks, address)) return;
  throw new ConsoleApiError('conflict', `the networks leave out ${address}, ${what}: add it`, 'networks');
}

/** @throws ConsoleApiError conflict when the environment decides */
function mayEdit(fixedBy: string | undefined): void {
  if (fixedBy === undefined) return;
  throw new ConsoleApiError('conflict', `${fixedBy} of the server's environment decides: change it there`);
}

function requireOidc({ oidc }: AccessRules): OidcConfig {
  if (!oidc) throw notFound('single sign-on');
  return oidc;
}

/** @throws ConsoleApiError conflict for a map that would take the administrator's role from who writes it */
async function mustStayAdmin(scope: Scope, issuer: string, map: ReadonlyMap<string, Role>): Promise<void> {
  const changes = await roleChanges(scope, issuer, map);
  if (!changes.some(({ id }) => id === scope.caller.userId)) return;
  throw new ConsoleApiError('conflict', 'with this map you would no longer be an administrator', 'roles');
}
