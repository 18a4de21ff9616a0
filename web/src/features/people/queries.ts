import type {
  Belongings,
  NewUserInput,
  Page,
  Person,
  PersonDetail,
  RemovedPerson,
  UserChanges,
} from '@arno/protocol';
import { keepPreviousData, type QueryClient, queryOptions } from '@tanstack/react-query';
import { consoleApi, withQuery } from '../../api/console.ts';
import { DEFAULT_PAGE_SIZE } from '../../app/search.ts';
import type { PeopleSearch } from './search.ts';

export function peopleQuery(search: PeopleSearch) {
  const { page = 1, size = DEFAULT_PAGE_SIZE, ...filters } = search;
  return queryOptions({
    queryKey: ['people', 'list', search],
    queryFn: ({ signal }) =>
      consoleApi<Page<Person>>('GET', withQuery('users', { ...filters, page, page_size: size }), { signal }),
    placeholderData: keepPreviousData,
  });
}

export function personQuery(id: string) {
  return queryOptions({
    queryKey: ['people', 'person', id],
    queryFn: ({ signal }) => consoleApi<PersonDetail>('GET', pathOf(id), { signal }),
  });
}

export function belongingsQuery(id: string) {
  return queryOptions({
    queryKey: ['people', 'belongings', id],
    queryFn: ({ signal }) => consoleApi<Belongings>('GET', pathOf(id, 'belongings'), { signal }),
  });
}

export const removedQuery = queryOptions({
  queryKey: ['people', 'removed'],
  queryFn: ({ signal }) => consoleApi<{ items: RemovedPerson[] }>('GET', 'removed-people', { signal }),
});

export function createPerson(body: NewUserInput): Promise<{ user: Person; password?: string }> {
  return consoleApi('POST', 'users', { body });
}

export function changePerson(id: string, body: UserChanges): Promise<PersonDetail> {
  return consoleApi('PATCH', pathOf(id), { body });
}

export function deletePerson(id: string): Promise<void> {
  return consoleApi('DELETE', pathOf(id));
}

export function resetPassword(id: string, password: string | undefined): Promise<{ password?: string }> {
  return consoleApi('POST', pathOf(id, 'password'), { body: password === undefined ? {} : { password } });
}

export type CredentialList = 'keys' | 'tokens' | 'sessions';

/** Revokes one of a list, or all of it; answers how many there were. */
export function revoke(id: string, list: CredentialList, item?: string): Promise<{ revoked: number }> {
  return consoleApi('DELETE', pathOf(id, ...(item === undefined ? [list] : [list, item])));
}

export function readmit(id: string): Promise<void> {
  return consoleApi('DELETE', `removed-people/${encodeURIComponent(id)}`);
}

/** Everything that shows people. */
export function refreshPeople(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ['people'] });
}

function pathOf(...parts: string[]): string {
  return ['users', ...parts.map(encodeURIComponent)].join('/');
}
