import { sql } from 'kysely';
import type { Caller, Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { withoutNulls } from '../../clearml/wire.ts';
import { newId } from '../../platform/ids.ts';
import { recordChange } from '../audit/index.ts';
import { endAllSessions } from './session-list.ts';
import { accountById } from './store.ts';

type Role = Caller['role'];

/** Our role for one of the protocol's, of which several have no meaning here: the least one that fits. */
export function accountRole(role: string | undefined): Role {
  switch (role) {
    case 'admin':
      return 'admin';
    case 'annotator':
      return 'user';
    default:
      return 'developer';
  }
}

/** A role as the protocol's clients know it. */
export function wireRole(role: string): string {
  return { admin: 'admin', developer: 'user', user: 'guest' }[role] ?? role;
}

export interface Account {
  id?: string | undefined;
  /** What its owner logs in with; unique. */
  username: string;
  name: string;
  role: Role;
  email?: string | undefined;
  given_name?: string | undefined;
  family_name?: string | undefined;
  avatar?: string | undefined;
  /** Without one nobody can log in with a password. */
  passwordHash?: string | undefined;
}

/**
 * Makes an account of the caller's company; nobody can log in to it before it got a password, a key pair or a single sign-on.
 *
 * @throws ClearmlError 400/302 for an id that is taken, 400/801 for a taken user name
 */
export async function createAccount(scope: Scope, account: Account): Promise<string> {
  const { id = newId(), username, name, role, email, given_name, family_name, avatar } = account;
  if (await accountById(scope.db, id)) throw new ClearmlError('user_id_exists', `id=${id}`, { id });
  const { numInsertedOrUpdatedRows } = await scope.db
    .insertInto('users')
    .values({
      ...{ id, company: scope.caller.company, created: scope.now, username, name, role },
      ...withoutNulls({ email, given_name, family_name, avatar, password_hash: account.passwordHash }),
    })
    .onConflict((conflict) => conflict.column('username').doNothing())
    .executeTakeFirst();
  if (!numInsertedOrUpdatedRows) {
    throw new ClearmlError('expected_unique_data', `there is a user ${account.username}`);
  }
  const after = { username, name, role, email: email ?? null };
  await recordChange(scope, { action: 'create', subject: 'user', id, name, after });
  return id;
}

/** A user of the caller's company, also a disabled one; throws 400/301. */
export async function requireUser(scope: Scope, id: string): Promise<Caller> {
  const user = await accountById(scope.db, id);
  if (user?.company !== scope.caller.company) throw new ClearmlError('invalid_user_id', `id=${id}`);
  return user;
}

/** An account as it is administered, locked until the transaction ends; throws 400/301. */
async function lockAccount(scope: Scope, id: string) {
  const account = await scope.db
    .selectFrom('users')
    .select(['username', 'name', 'role', 'email', 'disabled', 'is_agent'])
    .where('id', '=', id)
    .where('company', '=', scope.caller.company)
    .forUpdate()
    .executeTakeFirst();
  if (!account) throw new ClearmlError('invalid_user_id', `id=${id}`);
  return account;
}

interface AccountChanges {
  name?: string | undefined;
  /** Null is none. */
  email?: string | null | undefined;
  role?: Role | undefined;
  /** Nobody gets in with a disabled account, by any way; everything that is its stays. */
  disabled?: boolean | undefined;
}

/**
 * Changes an account. Another role, and being disabled, end all its sessions.
 *
 * @throws ClearmlError 400/301 for an unknown user; 400/300 when no administrator would be left, for disabling oneself, and for the
 *   agents' account, which the server itself keeps
 */
export async function editAccount(scope: Scope, id: string, changes: AccountChanges): Promise<void> {
  const account = await lockAccount(scope, id);
  const before = { ...account, disabled: account.disabled !== null };
  const after = {
    ...before,
    name: changes.name ?? before.name,
    email: changes.email === undefined ? before.email : changes.email,
    role: changes.role ?? before.role,
    disabled: changes.disabled ?? before.disabled,
  };
  if (account.is_agent && (after.role !== account.role || after.disabled)) {
    throw new ClearmlError('invalid_user', 'the account of the agents belongs to the server');
  }
  if (id === scope.caller.userId && after.disabled) {
    throw new ClearmlError('invalid_user', 'nobody disables their own account');
  }
  if (isAdmin(before) && !isAdmin(after)) await requireAdmin(scope, id);
  const disabled = after.disabled ? (account.disabled ?? scope.now) : null;
  const { name, email, role } = after;
  await scope.db.updateTable('users').set({ name, email, role, disabled }).where('id', '=', id).execute();
  if (role !== before.role || (after.disabled && !before.disabled)) await endAllSessions(scope, id);
  await recordChange(scope, { action: 'update', subject: 'user', id, name, before, after });
}

function isAdmin({ role, disabled }: { role: string; disabled: boolean }): boolean {
  return role === 'admin' && !disabled;
}

/**
 * Gives a user another role, which ends their sessions; answers how many were changed.
 *
 * @throws ClearmlError 400/301 for an unknown user, 400/300 when no administrator would be left
 */
export async function setRole(scope: Scope, id: string, role: Role): Promise<number> {
  const user = await requireUser(scope, id);
  if (user.role === role) return 0;
  await editAccount(scope, id, { role });
  return 1;
}

/**
 * Gives an account another password, which ends all its sessions.
 *
 * @param passwordHash of hashPassword()
 * @throws ClearmlError 400/301 for an unknown user, 400/300 for one who has no password to give
 */
export async function setPassword(scope: Scope, id: string, passwordHash: string): Promise<void> {
  const account = await lockAccount(scope, id);
  if (account.is_agent) throw new ClearmlError('invalid_user', 'agents log in with their key pairs');
  await scope.db.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', id).execute();
  await endAllSessions(scope, id);
  await recordChange(scope, { action: 'rotate', subject: 'user', id, name: account.name });
}

/**
 * Removes an account with its keys, tokens and shares; what it owned stays and is the administrators'.
 *
 * @throws ClearmlError 400/301 for an unknown user; 400/300 for oneself, the last administrator and the agents' account
 */
export async function deleteAccount(scope: Scope, id: string): Promise<void> {
  const { disabled, is_agent, ...before } = await lockAccount(scope, id);
  if (id === scope.caller.userId) throw new ClearmlError('invalid_user', 'nobody deletes their own account');
  if (is_agent) throw new ClearmlError('invalid_user', 'the account of the agents belongs to the server');
  if (isAdmin({ ...before, disabled: disabled !== null })) await requireAdmin(scope, id);
  await scope.db.deleteFrom('users').where('id', '=', id).execute();
  await recordChange(scope, { action: 'delete', subject: 'user', id, name: before.name, before });
}

/**
 * Administrators without a password or single sign-on cannot log in, so they do not count.
 *
 * @param beside who is one no longer
 * @throws ClearmlError 400/300 when there is no administrator
 */
export async function requireAdmin(scope: Scope, beside = ''): Promise<void> {
  const { rows } = await sql`
    SELECT id FROM users
    WHERE company = ${scope.caller.company} AND role = 'admin' AND id <> ${beside} AND disabled IS NULL
      AND (password_hash IS NOT NULL OR oidc_subject IS NOT NULL)
    FOR UPDATE`.execute(scope.db);
  if (rows.length === 0) throw new ClearmlError('invalid_user', 'the last administrator must stay one');
}
