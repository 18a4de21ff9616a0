import type { QueryClient } from '@tanstack/react-query';
import { createRouter } from '@tanstack/react-router';
import type { ParseKeys } from 'i18next';
import type { ComponentType } from 'react';
import { PageError } from '../ui/PageStates.tsx';
import { basePath } from './base.ts';
import { routeTree } from './routes.ts';
import { parseSearch, stringifySearch } from './search.ts';

export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    basepath: basePath || '/',
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPendingMs: 150,
    defaultPendingMinMs: 0,
    defaultErrorComponent: PageError,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
  interface StaticDataRouteOption {
    /** What the breadcrumbs say for this route: a text, or a component that gets the route's parameters. */
    crumb?: ParseKeys | ComponentType<{ params: Record<string, string | undefined> }>;
  }
}
