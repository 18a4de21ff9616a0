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
  /** A new password of the administrator: when this start made the account, or was asked for one. */
  newPassword: string | undefined;
}

export interface InstallationOptions {
  /** Gives the administrator a new password. */
  resetPassword?: boolean;
  /** Keeps a new password for its owner. Called before anything is committed: a password nobody can read must not be valid. */
  keepPassword?: (password: string) => Promise<void>;
  /** Origins beside the own one whose pages may use a browser's session. */
  allowedOrigins?: readonly string[];
}

/** Makes what every installation has: secret, company, admin and agent accounts, queues. Safe to run at every start. */
export async function ensureInstallation(
  db: Kysely<DB>,
  { resetPassword = false, keepPassword, allowedOrigins }: InstallationOptions = {},
): Promise<Installation> {
  const password = randomText(12);
  const passwordHash = await hashPassword(password);
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
    const administrator = { name: 'Administrator', role: 'admin', password_hash: passwordHash } as const;
    const isFirst = await ensureUser(transaction, adminName, administrator);
    await ensureUser(transaction, agentName, { name: 'Agent', role: 'user', is_agent: true });
    if (resetPassword) await setPassword(transaction, passwordHash);
    const newPassword = isFirst || resetPassword ? password : undefined;
    if (newPassword !== undefined) await keepPassword?.(newPassword);
    const admin: Caller = { ...caller(adminName, 'Administrator'), role: 'admin' };
    const scope = { db: transaction, caller: admin, now: new Date() };
    await ensureQueue(scope, 'default', { system_tags: ['default'] });
    await ensureQueue(scope, 'services');
    return {
      id,
      secret,
      auth: new Auth(db, secret, allowedOrigins),
      admin,
      agent: { ...caller(agentName, 'Agent'), role: 'user', isAgent: true },
      newPassword,
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
  account: { name: string; role: Caller['role']; password_hash?: string; is_agent?: boolean },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('users')
    .values({ id: userId(username), company: companyId, username, ...account })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

async function setPassword(db: Kysely<DB>, passwordHash: string): Promise<void> {
  await db
    .updateTable('users')
    // Whoever has to replace a password wants nobody to stay logged in with the old one.
    .set({ password_hash: passwordHash, session_generation: sql`session_generation + 1` })
    .where('id', '=', userId(adminName))
    .execute();
}

function caller(username: string, name: string): Omit<Caller, 'role'> {
  return { userId: userId(username), userName: name, company: companyId, companyName: 'Arno' };
}
