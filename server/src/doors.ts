import { Contracts } from './clearml/contracts.ts';
import { clearmlApi } from './clearml/router.ts';
import { agentAddress } from './config.ts';
import { consoleApi, type ServerFacts } from './console/index.ts';
import { clearmlEndpoints } from './endpoints.ts';
import { type RequestOrigin, rememberingCallers } from './features/auth/index.ts';
import { fileServer } from './features/files/index.ts';
import { AccessTokens, OidcLogin, OidcProvider } from './features/login/index.ts';
import { ownTasks } from './features/mappings/index.ts';
import { CallFeed, CallLog, gateway, watchMachines } from './gateway/index.ts';
import type { Doors } from './http.ts';
import { BacklogMetrics, metricsEndpoint } from './metrics/index.ts';
import type { Parts } from './parts.ts';

/** 5 GiB: above any artifact and most models; larger data belongs into an object store. */
const maxFileBytes = 5 * 1024 ** 3;

/** The plugins behind the listeners: of each role that is run, its own. */
export function openDoors(parts: Parts, server: ServerFacts): Doors {
  const { roles } = parts.config;
  const signOn = signOnOf(parts);
  return {
    clearml: roles.has('api') ? clearmlDoor(parts, signOn) : undefined,
    files: roles.has('files') ? filesDoor(parts) : undefined,
    gateway: roles.has('gateway') ? gatewayDoor(parts, signOn) : undefined,
    console: roles.has('web') ? consoleDoor(parts, signOn, server) : undefined,
    metrics: metricsDoor(parts),
    health: server.health,
  };
}

/** The single sign-on: whom its provider sends, and whose access tokens it knows. */
function signOnOf({ config, installation, accessRules, database: { db }, output: { log } }: Parts) {
  const provider = config.oidc && new OidcProvider(config.oidc, log, { roles: () => accessRules.roles });
  return {
    oidc: provider && new OidcLogin(db, provider, installation.secret),
    accessTokens: provider && new AccessTokens(provider),
  };
}
type SignOn = ReturnType<typeof signOnOf>;

function authenticating({ installation: { auth } }: Parts) {
  return (authorization: string | undefined, request: RequestOrigin) =>
    auth.authenticate(authorization, request);
}

function clearmlDoor(parts: Parts, { oidc }: SignOn) {
  const {
    config,
    accessRules,
    queued,
    database: { db },
    output: { log },
  } = parts;
  const { auth, id: installationId } = parts.installation;
  const { leases, allowedOrigins } = config;
  const authenticate = authenticating(parts);
  const ssoUrl = oidc && '/console/v1/login/oidc';
  return clearmlApi({
    ...{ db, log, networks: accessRules, authenticate, allowedOrigins, contracts: new Contracts() },
    endpoints: clearmlEndpoints({ auth, queued, installationId, ssoUrl, leases }),
    authenticateReport: rememberingCallers(authenticate),
  });
}

function filesDoor(parts: Parts) {
  const {
    files,
    accessRules,
    output: { log },
  } = parts;
  const authenticate = authenticating(parts);
  return fileServer({ ...files, authenticate, networks: accessRules, log, maxBytes: maxFileBytes });
}

function gatewayDoor(parts: Parts, { accessTokens }: SignOn) {
  const { tasks, results, callbacks, statusChanges, metrics, models, presence } = parts;
  const { database } = parts;
  const { db } = database;
  const { log } = parts.output;
  const { allowedOrigins } = parts.config;
  const { bodyChars } = parts.config.calls;
  watchMachines(parts.registry, models.machines);
  const calls = new CallLog({
    ...{ database, log, bodyChars, server: presence.number, onCommit: metrics.committed },
    underWay: () => metrics.modelCallsInFlight,
  });
  return gateway({
    ...{ db, log, auth: parts.installation.auth, accessTokens, calls, bodyChars, metrics },
    ...{ tasks, files: results, serving: models, callbacks, statusChanges, allowedOrigins },
  });
}

function consoleDoor(parts: Parts, { oidc }: SignOn, server: ServerFacts) {
  const {
    config,
    accessRules,
    models,
    remote,
    database: { db },
    output: { log },
  } = parts;
  const { roles, bind } = config;
  return consoleApi({
    ...{ db, log, auth: parts.installation.auth, oidc, accessRules, server, serving: models },
    ownAgentAddress: roles.has('agent') ? agentAddress(bind) : undefined,
    callFeed: new CallFeed(parts.callChanges),
    tasks: remote?.source ?? ownTasks,
    hasGateway: roles.has('gateway'),
  });
}

function metricsDoor({ config, installation: { auth }, registry, database: { db }, output: { log } }: Parts) {
  return metricsEndpoint({
    ...{ registry, log, auth, token: config.metricsToken },
    backlog: new BacklogMetrics(registry, db, log),
  });
}
