import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import type { Caller } from '../clearml/endpoint.ts';
import { ensureProject } from '../features/projects/index.ts';
import { newId } from '../platform/ids.ts';

let console: TestConsole;
type Person = Awaited<ReturnType<TestConsole['personOf']>>;
let ada: Person;
let bea: Person;
let project: string;

beforeAll(async () => {
  console = await createTestConsole();
  [ada, bea] = [await console.personOf('developer'), await console.personOf('developer')];
  const caller: Caller = { ...console.admin, userId: ada.id, role: 'developer' };
  project = await ensureProject({ ...console.scope(), caller }, 'Research');
});

afterAll(() => console.close());

const get = (person: Person, id = project) =>
  console.call('GET', `projects/${id}/shares`, undefined, person.headers);
const put = (person: Person, shares: unknown, id = project) =>
  console.call('PUT', `projects/${id}/shares`, { shares }, person.headers);

test('the owner shares a project, with people or everybody, and takes it back', async () => {
  const owner = { id: ada.id, name: 'developer' };
  expect((await get(ada)).body).toEqual({ owner, shares: [] });
  const shares = [{ can_write: false }, { user_id: bea.id, can_write: true }];
  const stored = [{ can_write: false }, { user: { id: bea.id, name: 'developer' }, can_write: true }];
  expect((await put(ada, shares)).body).toEqual({ owner, shares: stored });
  expect((await console.call('GET', `projects/${project}/shares`)).body).toEqual({ owner, shares: stored });
  expect((await put(ada, [])).body).toEqual({ owner, shares: [] });
});

test('nobody else sees or changes the shares, and who does not see the project learns nothing of it', async () => {
  expect((await get(bea)).status).toBe(404);
  expect((await put(bea, [{ user_id: bea.id, can_write: true }])).status).toBe(404);
  await put(ada, [{ user_id: bea.id, can_write: true }]);
  expect((await get(bea)).status).toBe(403);
  expect((await put(bea, [{ can_write: true }])).status).toBe(403);
  await put(ada, []);
  const user = await console.personOf('user');
  expect((await get(user)).status).toBe(403);
  expect((await get(ada, newId())).status).toBe(404);
});

test.each([
  ['an unknown user', () => [{ user_id: newId(), can_write: true }]],
  ['somebody twice', () => [1, 2].map(() => ({ user_id: bea.id, can_write: true }))],
  ['everybody twice', () => [{ can_write: true }, { can_write: false }]],
  ['the owner', () => [{ user_id: ada.id, can_write: true }]],
])('shares that name %s are refused', async (_who, shares) => {
  const { status, body } = await put(ada, shares());
  expect([status, body.error.field]).toEqual([400, 'shares']);
  expect((await get(ada)).body.shares).toEqual([]);
});
