import type { NodeAPI } from 'node-red';

/** What may stand in Node-RED's settings.js for the nodes that have no `arno-server`; the names of the first three are the lab's. */
export interface LabSettings {
  clientId: string | undefined;
  clientSecret: string | undefined;
  /** Address of the realm for the login with the refresh-token file. */
  baseUri: string;
  /** Address of the server that the flows of the lab's package call. */
  url: string | undefined;
  refreshTokenFile: string;
}

const labRealm = 'https://www.snap4city.org/auth/realms/master';
/** Where the lab's cloud containers keep it. */
const labRefreshTokenFile = '/data/refresh_token';

/** Settings of this Node-RED; `ARNO_URL` in the environment stands for `arnoUrl`. */
export function labSettings(RED: NodeAPI): LabSettings {
  const settings = RED.settings as unknown as Record<string, unknown>;
  const text = (name: string) => {
    const value = settings[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return {
    clientId: text('keycloakClientid'),
    clientSecret: text('keycloakClientsecret'),
    baseUri: text('keycloakBaseUri') ?? labRealm,
    url: text('arnoUrl') ?? (process.env.ARNO_URL || undefined),
    refreshTokenFile: text('arnoRefreshTokenFile') ?? labRefreshTokenFile,
  };
}
