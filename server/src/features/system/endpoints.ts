import { Contracts, newestVersion, versionText } from '../../clearml/contracts.ts';
import { type Endpoint, open, read } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { arnoVersion, clearmlServer } from '../../platform/version.ts';
import { installationStats } from './queries.ts';

export interface SystemParts {
  installationId: string;
  leases: { workerTimeout: number; taskTimeout: number };
  /** Every endpoint of this server. */
  endpoints(): readonly Endpoint[];
}

/** What health probes and the web ask before they log in, and what administrators ask about the server. */
export function systemEndpoints({ installationId, leases, endpoints }: SystemParts): Endpoint[] {
  return [
    open('debug.ping', () => ({ msg: 'ClearML server' })),

    open('server.info', () => ({
      version: clearmlServer.server,
      build: clearmlServer.build,
      api_version: clearmlServer.api,
      uid: installationId,
    })),

    read('server.endpoints', () => ({ endpoints: listEndpoints(endpoints()) })),

    read('server.get_stats', async (call) => ({ ...(await installationStats(call)), version: arnoVersion })),

    read('server.config', (_call, { path = '' }) => at(path, settingsOf(leases))),

    // Nothing is ever sent to anybody, so there is nothing to switch on.
    read('server.report_stats_option', () => ({
      supported: false,
      enabled: false,
      current_version: clearmlServer.server,
    })),
  ];
}

function listEndpoints(endpoints: readonly Endpoint[]) {
  const contracts = new Contracts();
  return endpoints
    .map(({ name, access }) => ({
      name,
      versions: contracts.versions(name).map(versionText),
      authorize: access !== 'open',
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** What may be told of the settings: nothing of addresses, paths or keys. */
function settingsOf({ workerTimeout, taskTimeout }: SystemParts['leases']): Record<string, object> {
  return {
    apiserver: {
      version: { default: versionText(newestVersion), check_max_version: false },
      workers: { default_timeout: 600, lost_after: workerTimeout },
      tasks: { non_responsive_after: taskTimeout },
    },
  };
}

/** The part at a dotted path; throws 400/12 for a path that leads nowhere. */
function at(path: string, settings: object): object {
  const found = path
    .split('.')
    .filter(Boolean)
    .reduce<unknown>((value, key) => {
      const isDocument = value !== null && typeof value === 'object' && Object.hasOwn(value, key);
      return isDocument ? (value as Record<string, unknown>)[key] : undefined;
    }, settings);
  if (found === undefined) throw new ClearmlError('validation_error', `path: there is no setting ${path}`);
  return found !== null && typeof found === 'object' ? found : { [path]: found };
}
