import type { AuditAction } from '@arno/protocol';
import type { Scope } from '../../clearml/endpoint.ts';
import { recordChange } from '../audit/index.ts';
import * as store from './store.ts';

/** What a person does to key pairs and personal tokens, their own or, as an administrator, another's. */

type Kind = 'key_pair' | 'token';

/** Makes a key pair of the caller; this is the only time its secret can be read. */
export async function makeKeyPair(scope: Scope, label?: string) {
  const pair = await store.createKeyPair(scope.db, scope.caller.userId, label);
  const { userId } = scope.caller;
  await record(scope, 'create', 'key_pair', { id: pair.accessKey, name: label || pair.accessKey, userId });
  return pair;
}

/** Makes a personal token of the caller; this is the only time it can be read. */
export async function makeAccessToken(scope: Scope, name: string, expires?: Date) {
  const { userId } = scope.caller;
  const token = await store.createAccessToken(scope.db, userId, name, expires);
  await record(scope, 'create', 'token', { id: token.id, name, userId, expires });
  return token;
}

/** Revokes a key pair, and with it the sessions it opened. Answers whether the user had it. */
export async function dropKeyPair(scope: Scope, userId: string, accessKey: string): Promise<boolean> {
  const gone = await store.revokeKeyPair(scope.db, userId, accessKey);
  if (!gone) return false;
  await record(scope, 'revoke', 'key_pair', { id: accessKey, name: gone.label || accessKey, userId });
  return true;
}

/** Revokes a personal token. Answers whether the user had it. */
export async function dropAccessToken(scope: Scope, userId: string, id: string): Promise<boolean> {
  const gone = await store.revokeAccessToken(scope.db, userId, id);
  if (!gone) return false;
  await record(scope, 'revoke', 'token', { id, name: gone.name, userId });
  return true;
}

interface Credential {
  id: string;
  name: string;
  userId: string;
  expires?: Date | undefined;
}

async function record(
  scope: Scope,
  action: AuditAction & ('create' | 'revoke'),
  kind: Kind,
  { id, name, userId, expires }: Credential,
): Promise<void> {
  const state = { kind, user_id: userId, ...(expires && { expires_at: expires.toISOString() }) };
  const states = action === 'create' ? { after: state } : { before: state };
  await recordChange(scope, { action, subject: 'credentials', id, name, ...states });
}
