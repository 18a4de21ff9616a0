import {
  type Call,
  type Caller,
  type Endpoint,
  open,
  read,
  type Scope,
  write,
} from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { wireDate, withoutNulls } from '../../clearml/wire.ts';
import { findTask } from '../tasks/index.ts';
import { accountRole, createAccount, requireUser, setRole } from './accounts.ts';
import { type Auth, sessionCookieOf } from './auth.ts';
import { dropKeyPair, makeKeyPair } from './credentials.ts';
import { onBehalf } from './impersonation.ts';
import * as store from './store.ts';

export function authEndpoints(auth: Auth): Endpoint[] {
  return [...sessionEndpoints(auth), ...accountEndpoints, ...credentialEndpoints];
}

function sessionEndpoints(auth: Auth): Endpoint[] {
  return [
    open('auth.login', async (call, { expiration_sec }) => {
      const caller = await auth.authenticate(call.headers.authorization, call);
      const { token, expiresAt } = await auth.openSession(caller, expiration_sec);
      call.setHeader('set-cookie', sessionCookieOf(token, expiresAt));
      return { token };
    }),

    open('auth.logout', async (call) => {
      await auth.authenticate(call.headers.authorization, call);
      await auth.endSession(call.headers.authorization, call);
      call.setHeader('set-cookie', sessionCookieOf('', new Date(0)));
      return {};
    }),

    read('auth.get_token_for_user', async (call, { user, company, expiration_sec }) => {
      requireCompany(call, company);
      const other = onBehalf(call.caller, await requireUser(call, user));
      const { token } = await auth.openSession(other, expiration_sec);
      return { token };
    }),

    read('auth.get_token_for_task', async (call, { task, expiration_sec }) => {
      const owner = onBehalf(call.caller, await ownerOfTask(call, task));
      // The first of a line of sessions, so that logging it out when the task ends takes those with it that its program opened.
      const { rootSession: _agents, ...proof } = owner.proof ?? {};
      const { token } = await auth.openSession({ ...owner, task, proof }, expiration_sec);
      return { token };
    }),

    read('auth.validate_token', async (call, { token }) => {
      const caller = await auth.callerOfToken(token).catch((error) => {
        if (!(error instanceof ClearmlError)) throw error;
        return undefined;
      });
      if (caller?.company !== call.caller.company) return { valid: false };
      return { valid: true, user: caller.userId, company: caller.company };
    }),

    // People log in with the names and passwords that an administrator gave them.
    open('auth.fixed_users_mode', () => ({ enabled: true, server_errors: {} })),
  ];
}

const accountEndpoints: Endpoint[] = [
  write('auth.create_user', async (call, { company, role, ...person }) => {
    requireCompany(call, company);
    return { id: await createAccount(call, { ...person, username: person.email, role: accountRole(role) }) };
  }),

  write('auth.edit_user', async (call, { user = call.caller.userId, role }) => {
    if (role === undefined) return { updated: 0, fields: {} };
    const updated = await setRole(call, user, accountRole(role));
    return { updated, fields: updated ? { role } : {} };
  }),
];

const credentialEndpoints: Endpoint[] = [
  write('auth.create_credentials', async (call, { label }) => {
    const { accessKey, secretKey } = await makeKeyPair(call, label);
    return { credentials: withoutNulls({ access_key: accessKey, secret_key: secretKey, label }) };
  }),

  read('auth.get_credentials', async ({ db, caller }) => {
    const pairs = await store.listKeyPairs(db, caller.userId);
    return {
      credentials: pairs.map(({ access_key, label, last_used, last_used_from }) =>
        withoutNulls({ access_key, label, last_used: last_used && wireDate(last_used), last_used_from }),
      ),
    };
  }),

  write('auth.edit_credentials', async ({ db, caller }, { access_key, label }) => {
    if (!(await store.labelKeyPair(db, caller.userId, access_key, label ?? null))) throw noKeyPair();
    return { updated: 1 };
  }),

  // The protocol's schema calls the key both key_id and access_key.
  write('auth.revoke_credentials', async (call, request) => {
    const { access_key: key, key_id: id } = request as { access_key?: string; key_id?: unknown };
    const accessKey = key ?? (typeof id === 'string' ? id : '');
    if (!(await dropKeyPair(call, call.caller.userId, accessKey))) throw noKeyPair();
    return { revoked: 1 };
  }),
];

/** Installations have one company; a request that names another one means another server. */
function requireCompany({ caller }: Scope, company: string | undefined): void {
  if (company === undefined || company === caller.company) return;
  throw new ClearmlError('invalid_id', `company=${company}: yours is ${caller.company}`);
}

/**
 * Whoever owns the task, when the caller may run it.
 *
 * @throws ClearmlError 400/101 for a task that the caller may not see, 400/300 for one whose owner is gone
 */
async function ownerOfTask(call: Call, id: string): Promise<Caller> {
  const task = await findTask(call, id);
  if (!task) throw new ClearmlError('invalid_task_id', `id=${id}`);
  const owner = await store.callerById(call.db, task.user_id);
  if (owner?.company === call.caller.company) return owner;
  throw new ClearmlError(
    'invalid_user',
    'the owner of this task has no account any more: clone the task and run the clone',
  );
}

function noKeyPair(): ClearmlError {
  return new ClearmlError(
    'invalid_access_key',
    'you have no such key pair; auth.get_credentials lists yours',
  );
}
