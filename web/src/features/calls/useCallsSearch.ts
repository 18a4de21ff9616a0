import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { CallsSearch } from './search.ts';

const route = getRouteApi('/frame/calls/$kind');

type Patch = { [Key in keyof CallsSearch]?: CallsSearch[Key] | undefined };

/** The filters of the list as its address has them, and how to change them: from the newest page on, unless told. */
export function useCallsSearch(): { search: CallsSearch; change: (patch: Patch) => void } {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (patch: Patch) =>
      void navigate({
        search: (old) => ({ ...old, before: undefined, ...patch }) as CallsSearch,
        // A step back leads to the search before, not to each letter of it.
        replace: 'q' in patch,
      }),
    [navigate],
  );
  return { search, change };
}
