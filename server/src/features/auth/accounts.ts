import { sql } from 'kysely';
import type { Caller, Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { withoutNulls } from '../../clearml/wire.ts';
import { newId } from '../../platform/ids.ts';
import { callerById } from './store.ts';

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
}

/**
 * Makes an account of the caller's company; nobody can log in to it before it got a password, a key pair or a single sign-on.
 *
 * @throws ClearmlError 400/302 for an id that is taken, 400/801 for a taken user name
 */
export async function createAccount(scope: Scope, account: Account): Promise<string> {
  const { id = newId(), username, name, role, email, given_name, family_name, avatar } = account;
  if (await callerById(scope.db, id)) throw new ClearmlError('user_id_exists', `id=${id}`, { id });
  const { numInsertedOrUpdatedRows } = await scope.db
    .insertInto('users')
    .values({
      ...{ id, company: scope.caller.company, created: scope.now, username, name, role },
      ...withoutNulls({ email, given_name, family_name, avatar }),
    })
    .onConflict((conflict) => conflict.column('username').doNothing())
    .executeTakeFirst();
  if (!numInsertedOrUpdatedRows) {
    throw new ClearmlError('expected_unique_data', `there is a user ${account.username}`);
  }
  return id;
}

/** A user of the caller's company; throws 400/301. */
export async function requireUser(scope: Scope, id: string): Promise<Caller> {
  const user = await callerById(scope.db, id);
  if (user?.company !== scope.caller.company) throw new ClearmlError('invalid_user_id', `id=${id}`);
  return user;
}

/**
 * Gives a user another role, which ends their sessions; answers how many were changed.
 *
 * @throws ClearmlError 400/301 for an unknown user, 400/300 when no administrator would be left
 */
export async function setRole(scope: Scope, id: string, role: Role): Promise<number> {
  const user = await requireUser(scope, id);
  if (user.role === role) return 0;
  if (user.role === 'admin') await requireOtherAdmin(scope, id);
  await scope.db
    .updateTable('users')
    .set({ role, session_generation: sql`session_generation + 1` })
    .where('id', '=', id)
    .execute();
  return 1;
}

/**
 * Removes an account with its keys, tokens and shares; what it owned stays and is the administrators'.
 *
 * @throws ClearmlError 400/301 for an unknown user, 400/300 for oneself
 */
export async function deleteAccount(scope: Scope, id: string): Promise<void> {
  await requireUser(scope, id);
  if (id === scope.caller.userId) throw new ClearmlError('invalid_user', 'nobody deletes their own account');
  await scope.db.deleteFrom('users').where('id', '=', id).execute();
}

/** Administrators without a password or single sign-on cannot log in, so they do not count. */
async function requireOtherAdmin(scope: Scope, id: string): Promise<void> {
  const { rows } = await sql`
    SELECT id FROM users
    WHERE company = ${scope.caller.company} AND role = 'admin' AND id <> ${id}
      AND (password_hash IS NOT NULL OR oidc_subject IS NOT NULL)
    FOR UPDATE`.execute(scope.db);
  if (rows.length === 0) throw new ClearmlError('invalid_user', 'the last administrator must stay one');
}
