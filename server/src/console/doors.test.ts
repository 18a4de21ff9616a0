import type { RouteOptions } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await createTestConsole();
});

afterAll(() => console.close());

/** Routes by their methods and paths. */
function named(wanted: (route: RouteOptions) => boolean): string[] {
  const routes = console.routes.filter(wanted).filter(({ method }) => method !== 'HEAD');
  return routes.map(({ method, url }) => `${[method].flat()} ${url.replace('/console/v1/', '')}`).toSorted();
}

test('what needs no login is the way in', () => {
  expect(named(({ config }) => config?.open === true)).toEqual([
    ...['GET login/oidc', 'GET login/oidc/callback', 'POST login', 'POST logout'],
  ]);
});

// A new route belongs to a role. Those here answer about the caller alone, or about the calls that the caller may see.
test('what every account may use is its own, and calling', () => {
  expect(named(({ config }) => !config?.open && !config?.roles)).toEqual([
    ...['DELETE keys/:key', 'DELETE me/sessions', 'DELETE me/sessions/:id', 'DELETE tokens/:id'],
    ...['GET call-stats', 'GET calls', 'GET calls/:id', 'GET calls/choices', 'GET calls/count'],
    ...['GET calls/events', 'GET calls/export', 'GET dashboard', 'GET dashboard/calls'],
    ...['GET keys', 'GET me', 'GET me/profile', 'GET tokens', 'GET,DELETE try/calls/:id', 'PATCH me'],
    ...['POST keys', 'POST me/password', 'POST tokens'],
    ...['POST try/models/:alias/calls', 'POST try/tasks/:alias/calls'],
  ]);
});

test('what changes something for others is for administrators, but for the sharing of projects', () => {
  const changes = ({ method, config }: RouteOptions) =>
    !['GET', 'HEAD'].includes(`${method}`) && config?.roles !== undefined;
  const ofOthers = named((route) => changes(route) && `${route.config?.roles}` !== 'admin');
  expect(ofOthers).toEqual(['PUT projects/:id/shares']);
});

test('nobody gets in without a login, and an end user to nothing that a role is for', async () => {
  const user = await console.personOf('user');
  for (const { method, url, config } of console.routes) {
    if (config?.open) continue;
    for (const each of [method].flat()) {
      const path = url.replace('/console/v1/', '').replaceAll(/:\w+/g, 'x');
      const status = async (headers: Record<string, string>) =>
        (await fetch(`${console.address}/console/v1/${path}`, { method: each, headers })).status;
      expect([each, path, await status({})]).toEqual([each, path, 401]);
      if (config?.roles) expect([each, path, await status(user.headers)]).toEqual([each, path, 403]);
    }
  }
});
