import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import type { Caller } from './clearml/endpoint.ts';
import { Auth, hashPassword } from './features/auth/index.ts';
import { ensureQueue } from './features/queues/index.ts';
import { inTransaction, json } from './platform/database.ts';
import { md5, newId, randomText } from './platform/ids.ts';
import type { DB } from './platform/schema.ts';

/** The protocol's default company; clients show it nowhere, but old clients know it. */
const companyId = 'd1bd92a3b039400cbafc60a7a5b1e52b';
const adminName = 'admin';
const agentName = 'agent';

export interface Installation {
  id: string;
  /** Random; keys of other kinds are derived from it. */
  secret: string;
  auth: Auth;
  admin: Caller;
  /** The account that the agent beside this server works under. */
  agent: Caller;
  /** Only when this start created the admin account. */
  firstPassword: string | undefined;
}

/** Makes what every installation has: secret, company, admin and agent accounts, queues. Safe to run at every start. */
export async function ensureInstallation(db: Kysely<DB>): Promise<Installation> {
  const firstPassword = randomText(12);
  const passwordHash = await hashPassword(firstPassword);
  return inTransaction(db, async (transaction) => {
    // Replicas that start together must not make two of anything.
    await sql`SELECT pg_advisory_xact_lock(${installationLock})`.execute(transaction);
    const secret = await ensureSetting(transaction, 'session_secret', () => randomText(32));
    const id = await ensureSetting(transaction, 'installation_id', newId);
    await transaction
      .insertInto('companies')
      .values({ id: companyId, name: 'Arno' })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const isFirst = await ensureUser(transaction, adminName, 'Administrator', passwordHash);
    await ensureUser(transaction, agentName, 'Agent', null);
    const admin = caller(adminName, 'Administrator');
    const scope = { db: transaction, caller: admin, now: new Date() };
    await ensureQueue(scope, 'default', { system_tags: ['default'] });
    await ensureQueue(scope, 'services');
    return {
      id,
      secret,
      auth: new Auth(db, secret),
      admin,
      agent: caller(agentName, 'Agent'),
      firstPassword: isFirst ? firstPassword : undefined,
    };
  });
}

const installationLock = 7_251_531;

async function ensureSetting(db: Kysely<DB>, key: string, make: () => string): Promise<string> {
  await db
    .insertInto('settings')
    .values({ key, value: json(make()) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  return row.value as string;
}

/** The protocol derives the ids of fixed users from their names. */
function userId(username: string): string {
  return md5(`${companyId}:${username}`);
}

async function ensureUser(
  db: Kysely<DB>,
  username: string,
  name: string,
  passwordHash: string | null,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('users')
    .values({
      id: userId(username),
      company: companyId,
      username,
      name,
      role: 'admin',
      password_hash: passwordHash,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

function caller(username: string, name: string): Caller {
  return { userId: userId(username), userName: name, company: companyId, companyName: 'Arno', role: 'admin' };
}

export interface Addresses {
  web: string;
  api: string;
  files: string;
  serving: string;
}

/**
 * Writes what a person needs to reach the server from this machine, where it is missing: `clearml.conf` for the SDK, `token`
 * for the gateway, and the first password.
 */
export async function writeAccessFiles(
  { auth, admin, firstPassword }: Installation,
  data: string,
  addresses: Addresses,
): Promise<void> {
  const secretFile = { mode: 0o600 };
  if (firstPassword !== undefined) {
    await writeFile(join(data, 'admin-password'), `${firstPassword}\n`, secretFile);
  }
  if (!existsSync(join(data, 'clearml.conf'))) {
    const pair = await auth.createKeyPair(admin.userId, 'clearml.conf of this machine');
    await writeFile(join(data, 'clearml.conf'), clearmlConf(addresses, pair), secretFile);
  }
  if (!existsSync(join(data, 'token'))) {
    const { token } = await auth.createAccessToken(admin.userId, 'token file of this machine');
    await writeFile(join(data, 'token'), `${token}\n`, secretFile);
  }
}

function clearmlConf(addresses: Addresses, pair: { accessKey: string; secretKey: string }): string {
  return `# Written by Arno on its first start. Use it with CLEARML_CONFIG_FILE, or copy it to ~/clearml.conf.
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
