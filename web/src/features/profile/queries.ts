import type { AccessToken, KeyPair } from '@arno/protocol';
import { queryOptions } from '@tanstack/react-query';
import { consoleApi } from '../../api/console.ts';

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
