import { type Endpoint, open } from '../../clearml/endpoint.ts';
import { clearmlServer } from '../../platform/version.ts';

/** What health probes and the web ask before they log in. */
export function systemEndpoints(installationId: string): Endpoint[] {
  return [
    open('debug.ping', () => ({ msg: 'ClearML server' })),
    open('server.info', () => ({
      version: clearmlServer.server,
      build: clearmlServer.build,
      api_version: clearmlServer.api,
      uid: installationId,
    })),
  ];
}
