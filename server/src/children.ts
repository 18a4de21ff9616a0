import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Addresses } from './access-files.ts';
import type { Config } from './config.ts';
import type { Installation } from './installation.ts';
import { Child } from './platform/child.ts';
import type { LogOutput } from './platform/log.ts';

const script = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The runtime asks nobody for a token, so only this machine reaches it: the gateway is the door for all others. */
export const servingBind = '127.0.0.1';

/** The runtime serves what `$ARNO_DATA/serving/endpoints.json` wants; at first nothing. */
export async function servingChild(config: Config, output: LogOutput): Promise<Child> {
  const folder = join(config.data, 'serving');
  const wanted = join(folder, 'endpoints.json');
  await mkdir(folder, { recursive: true });
  await writeFile(wanted, '{"endpoints": []}\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return new Child({
    name: 'serving',
    script: script('serving/dist/main.js'),
    args: [
      '--config',
      wanted,
      '--bind',
      servingBind,
      '--port',
      `${config.ports.serving}`,
      '--exit-with-parent',
    ],
    env: { ...config.childEnvironment, ARNO_SERVING_FETCH_NETWORKS: config.fetchNetworks.join(',') },
    output,
  });
}

const agentKeyLabel = 'agent beside the server';

/** Our agent on the queues every installation has. Its key pair is new at each start and the one before is revoked. */
export async function agentChild(
  config: Config,
  output: LogOutput,
  { auth, agent }: Installation,
  addresses: Addresses,
): Promise<Child> {
  for (const pair of await auth.listKeyPairs(agent.userId)) {
    if (pair.label === agentKeyLabel) await auth.revokeKeyPair(agent.userId, pair.access_key);
  }
  const { accessKey, secretKey } = await auth.createKeyPair(agent.userId, agentKeyLabel);
  return new Child({
    name: 'agent',
    script: script('agent/bin/arno.mjs'),
    args: [
      'agent',
      '--queue',
      'default',
      '--queue',
      'services',
      '--name',
      'arno:embedded',
      '--use-owner-token',
      '--exit-with-parent',
    ],
    env: {
      ...config.childEnvironment,
      CLEARML_API_HOST: addresses.api,
      CLEARML_WEB_HOST: addresses.web,
      CLEARML_FILES_HOST: addresses.files,
      CLEARML_API_ACCESS_KEY: accessKey,
      CLEARML_API_SECRET_KEY: secretKey,
      ARNO_AGENT_DIR: join(config.data, 'agent'),
    },
    output,
  });
}
