import type {
  AccessSettings,
  AllowedNetworks,
  NetworksCheck,
  Page,
  PersonName,
  ProjectShares,
  ProviderCheck,
  Role,
  RoleMap,
  RoleMapCheck,
  SharedProject,
} from '@arno/protocol';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { consoleApi, withQuery } from '../../api/console.ts';
import { DEFAULT_PAGE_SIZE } from '../../app/search.ts';
import type { AccessSearch } from './search.ts';

export const accessQuery = queryOptions({
  queryKey: ['access', 'settings'],
  queryFn: ({ signal }) => consoleApi<AccessSettings>('GET', 'access', { signal }),
});

export function saveNetworks(networks: string[]): Promise<AllowedNetworks> {
  return consoleApi('PUT', 'access/networks', { body: { networks } });
}

/** Whom networks would shut out, before they are saved. */
export function networksCheckQuery(networks: string[]) {
  return queryOptions({
    queryKey: ['access', 'networks-check', networks],
    queryFn: ({ signal }) =>
      consoleApi<NetworksCheck>('POST', 'access/networks/check', { body: { networks }, signal }),
    placeholderData: keepPreviousData,
  });
}

export function saveRoles(roles: Record<string, Role>): Promise<RoleMap> {
  return consoleApi('PUT', 'access/roles', { body: { roles } });
}

/** What a role map would make of somebody with these roles, and of those who have logged in. */
export function rolesCheckQuery(roles: Record<string, Role>, names: string[]) {
  return queryOptions({
    queryKey: ['access', 'roles-check', roles, names],
    queryFn: ({ signal }) =>
      consoleApi<RoleMapCheck>('POST', 'access/roles/check', { body: { roles, names }, signal }),
    placeholderData: keepPreviousData,
  });
}

export function checkProvider(): Promise<ProviderCheck> {
  return consoleApi('POST', 'access/oidc/check');
}

export function projectsQuery({ q, shared, page = 1, size = DEFAULT_PAGE_SIZE }: AccessSearch) {
  const query = { q, shared: shared && 'true', page, page_size: size };
  return queryOptions({
    queryKey: ['access', 'projects', query],
    queryFn: ({ signal }) =>
      consoleApi<Page<SharedProject>>('GET', withQuery('project-shares', query), { signal }),
    placeholderData: keepPreviousData,
  });
}

export function sharesQuery(project: string) {
  return queryOptions({
    queryKey: ['access', 'shares', project],
    queryFn: ({ signal }) => consoleApi<ProjectShares>('GET', sharesPath(project), { signal }),
  });
}

/** One without a user is with everybody. */
export interface ShareInput {
  user_id?: string;
  can_write: boolean;
}

export function saveShares(project: string, shares: ShareInput[]): Promise<ProjectShares> {
  return consoleApi('PUT', sharesPath(project), { body: { shares } });
}

function sharesPath(project: string): string {
  return `projects/${encodeURIComponent(project)}/shares`;
}

/** People to share something with. */
export function namesQuery(q: string) {
  return queryOptions({
    queryKey: ['access', 'people', q],
    queryFn: ({ signal }) =>
      consoleApi<{ items: PersonName[] }>('GET', withQuery('people', { q }), { signal }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}
