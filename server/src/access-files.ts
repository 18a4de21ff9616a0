import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installation } from './installation.ts';

/** Addresses of the server as programs on this machine reach it. */
export interface Addresses {
  web: string;
  api: string;
  files: string;
  serving: string;
}

/** What a person needs to get in, in files that only their owner reads. */
const names = { conf: 'clearml.conf', token: 'token', password: 'admin-password' };

/** Whole or not at all, and on the disk when this returns: what it holds is nowhere else. */
async function writeSecret(folder: string, name: string, content: string): Promise<void> {
  const path = join(folder, name);
  const draft = await open(`${path}.new`, 'w', 0o600);
  try {
    await draft.writeFile(content);
    await draft.sync();
  } finally {
    await draft.close();
  }
  await rename(`${path}.new`, path);
}

async function read(folder: string, name: string): Promise<string | undefined> {
  return readFile(join(folder, name), 'utf8').catch(() => undefined);
}

/** Keeps a new password of the administrator where they find it. */
export function writePassword(folder: string, password: string): Promise<void> {
  return writeSecret(folder, names.password, `${password}\n`);
}

/** Path of the file with the administrator's password, while it is there. */
export async function passwordFile(folder: string): Promise<string | undefined> {
  return (await read(folder, names.password)) === undefined ? undefined : join(folder, names.password);
}

/**
 * Writes `clearml.conf` for the SDK and `token` for the gateway where they are missing or no longer true: for another database,
 * after a revocation, or with other ports.
 *
 * @param addresses undefined where no ClearML API runs: then there is no `clearml.conf`
 */
export async function writeAccessFiles(
  { auth, admin }: Installation,
  folder: string,
  addresses: Addresses | undefined,
): Promise<void> {
  if (addresses) await writeConf({ auth, admin }, folder, addresses);
  const token = (await read(folder, names.token))?.trim();
  if (token && (await auth.callerOfAccessToken(token))) return;
  const fresh = await auth.createAccessToken(admin.userId, 'token file of this machine');
  await writeSecret(folder, names.token, `${fresh.token}\n`);
}

async function writeConf(
  { auth, admin }: Pick<Installation, 'auth' | 'admin'>,
  folder: string,
  addresses: Addresses,
): Promise<void> {
  const conf = await read(folder, names.conf);
  const found = keyPairOf(conf);
  const works = found && (await auth.ownsKeyPair(admin.userId, found.accessKey, found.secretKey));
  const pair = works ? found : await auth.createKeyPair(admin.userId, 'clearml.conf of this machine');
  const wanted = clearmlConf(addresses, pair);
  if (conf !== wanted) await writeSecret(folder, names.conf, wanted);
}

interface KeyPair {
  accessKey: string;
  secretKey: string;
}

function keyPairOf(conf: string | undefined): KeyPair | undefined {
  const value = (key: string) => new RegExp(`"${key}" = "([^"]+)"`).exec(conf ?? '')?.[1];
  const [accessKey, secretKey] = [value('access_key'), value('secret_key')];
  return accessKey && secretKey ? { accessKey, secretKey } : undefined;
}

function clearmlConf(addresses: Addresses, pair: KeyPair): string {
  return `# Written by Arno, again whenever its addresses or keys change. Use it with CLEARML_CONFIG_FILE, or copy it to ~/clearml.conf.
api {
  web_server: "${addresses.web}"
  api_server: "${addresses.api}"
  files_server: "${addresses.files}"
  credentials {
    "access_key" = "${pair.accessKey}"
    "secret_key" = "${pair.secretKey}"
  }
}
`;
}
