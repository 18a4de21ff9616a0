import type { AccessToken, KeyPair, PasswordChange, Profile, User } from '@arno/protocol';
import { queryOptions } from '@tanstack/react-query';
import { consoleApi } from '../../api/console.ts';

export const profileQuery = queryOptions({
  queryKey: ['profile'],
  queryFn: ({ signal }) => consoleApi<Profile>('GET', 'me/profile', { signal }),
});

export const changeName = (name: string) => consoleApi<{ user: User }>('PATCH', 'me', { body: { name } });

export const changePassword = (body: PasswordChange) => consoleApi<void>('POST', 'me/password', { body });

/** Ends one login, or all but this one; answers how many. */
export const endSessions = (id?: string) =>
  consoleApi<{ revoked: number }>('DELETE', id ? `me/sessions/${encodeURIComponent(id)}` : 'me/sessions');

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: ({ signal }) => consoleApi<{ items: KeyPair[] }>('GET', 'keys', { signal }),
});

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => consoleApi<{ items: AccessToken[] }>('GET', 'tokens', { signal }),
});

export interface NewKey {
  access_key: string;
  secret_key: string;
}

export const createKey = (label: string) =>
  consoleApi<NewKey>('POST', 'keys', { body: label ? { label } : {} });

export const createToken = (token: { name: string; expires_in_days?: number }) =>
  consoleApi<{ id: string; token: string }>('POST', 'tokens', { body: token });

export const revokeKey = (accessKey: string) =>
  consoleApi<void>('DELETE', `keys/${encodeURIComponent(accessKey)}`);

export const revokeToken = (id: string) => consoleApi<void>('DELETE', `tokens/${encodeURIComponent(id)}`);
