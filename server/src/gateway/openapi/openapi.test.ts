import { callDocument, gatewayError, gatewayErrors, taskCallAnswer } from '@arno/protocol';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import type { TSchema } from 'typebox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { createConsumerKey, createTaskMapping } from '../../features/mappings/index.ts';
import { createTask } from '../../features/tasks/index.ts';

let gateway: TestGateway;
let mappingId: string;

const input_schema = {
  $defs: { hours: { type: 'integer', minimum: 1 } },
  type: 'object',
  properties: { hours: { $ref: '#/$defs/hours' } },
};

beforeAll(async () => {
  gateway = await createTestGateway();
  const task_id = await createTask(gateway.scope(), { name: 'statistics', type: 'inference' });
  const input = { task_id, default_queue: 'default', description: 'By the month.', queues: [], input_schema };
  mappingId = await createTaskMapping(gateway.scope(), { ...input, example: { hours: 24 } });
  await gateway.addModel('digits', []);
});

afterAll(() => gateway.close());

// biome-ignore lint/suspicious/noExplicitAny: tests read single parts of the document.
type Document = any;

async function fetchDocument(headers: Record<string, string> = {}): Promise<Document> {
  const answer = await fetch(`${gateway.address}/gateway/v1/openapi.json`, { headers });
  expect(answer.status).toBe(200);
  return answer.json();
}

const fits = async (document: Document) => {
  const { valid, errors } = await new Validator().validate(document);
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
};

test('the document is valid OpenAPI 3.1, without a token and with one', async () => {
  const general = await fetchDocument();
  expect(general.openapi).toBe('3.1.0');
  await fits(general);
  await fits(await fetchDocument({ authorization: `Bearer ${gateway.token}` }));
});

test('every route is in it, and nothing else', async () => {
  const { paths } = await fetchDocument();
  const documented = Object.entries(paths as object).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = gateway.routes
    .filter(
      ({ method, path }) => method !== 'HEAD' && !path.includes('*') && !path.startsWith('/gateway/v1/docs'),
    )
    .map(
      ({ method, path }) =>
        `${method} ${path.replace('/calls/:id', '/calls/{call_id}').replace(/:(\w+)/g, '{$1}')}`,
    );
  expect(documented.sort()).toEqual(served.sort());
});

test('who has used up a limit is told which, and the document says so', async () => {
  const { paths } = await fetchDocument();
  const { responses } = paths['/gateway/v1/models/{alias}/calls'].post;
  expect(Object.keys(responses['429'].headers)).toEqual(
    expect.arrayContaining(['Retry-After', 'RateLimit-Policy', 'RateLimit-Limit', 'RateLimit-Reset']),
  );
});

test('every error is in it, with its status', async () => {
  const document = await fetchDocument();
  const documented = new Set<string>();
  for (const item of Object.values<Document>(document.paths)) {
    for (const { responses } of Object.values<Document>(item)) {
      for (const [status, { content }] of Object.entries<Document>(responses)) {
        for (const code of Object.keys(content?.['application/json']?.examples ?? {}))
          documented.add(`${code} ${status}`);
      }
    }
  }
  const table = Object.entries(gatewayErrors).map(([code, status]) => `${code} ${status}`);
  // Nobody is there to be answered, and what is at no path.
  const elsewhere = ['client_closed 499', 'not_found 404'];
  expect([...documented, ...elsewhere].sort()).toEqual(table.sort());
  for (const code of Object.keys(gatewayErrors)) expect(document.info.description).toContain(`\`${code}\``);
});

test('answers are as the document says', async () => {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const check = (schema: TSchema, value: unknown) => {
    ajv.validate(schema, value);
    expect(ajv.errors).toBeNull();
  };
  const made = await gateway.post('/gateway/v1/tasks/statistics/calls', { params: { hours: 1 } });
  const queued = (await made.json()) as { links: { self: string } };
  check(taskCallAnswer, queued);
  check(callDocument, await (await gateway.get(queued.links.self)).json());
  const misfit = await gateway.post('/gateway/v1/tasks/statistics/calls', { params: { hours: 0 } });
  check(gatewayError, await misfit.json());
  const unavailable = await gateway.post('/gateway/v1/models/digits/calls', {});
  const refusal = (await unavailable.json()) as { call_id: string };
  check(gatewayError, refusal);
  check(callDocument, await (await gateway.get(`/gateway/v1/calls/${refusal.call_id}`)).json());
});

test('with a token each task and model of the caller has a path with its input', async () => {
  const { paths } = await fetchDocument({ authorization: `Bearer ${gateway.token}` });
  const task = paths['/gateway/v1/tasks/statistics/calls'].post;
  expect([task.operationId, task.description]).toEqual(['callTask_statistics', 'By the month.']);
  const { schema, example } = task.requestBody.content['application/json'];
  expect(schema.properties).toMatchObject({
    params: { $id: 'urn:arno:task:statistics', ...input_schema },
    queue: { enum: ['default'] },
  });
  expect(example).toEqual({ params: { hours: 24 } });
  expect(paths['/gateway/v1/models/digits/calls'].post.operationId).toBe('callModel_digits');
  // The references lead into the embedded schema.
  const fitsTask = new Ajv({ strict: false }).compile(schema);
  expect([fitsTask({ params: { hours: 1 } }), fitsTask({ params: { hours: 0 } })]).toEqual([true, false]);

  const key = await createConsumerKey(
    gateway.scope(),
    { table: 'task_mappings', id: mappingId },
    { name: 'k' },
  );
  const ofKey = await fetchDocument({ authorization: `Bearer ${key?.key}` });
  expect(Object.keys(ofKey.paths)).toContain('/gateway/v1/tasks/statistics/calls');
  expect(Object.keys(ofKey.paths)).not.toContain('/gateway/v1/models/digits/calls');
  expect((await gateway.get('/gateway/v1/openapi.json', 'arno_wrong')).status).toBe(401);
});

test('the page shows it with nothing from elsewhere', async () => {
  const page = await fetch(`${gateway.address}/gateway/v1/docs`);
  const html = await page.text();
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(html).not.toMatch(/https?:\/\//);
  const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
  expect(assets.length).toBeGreaterThan(4);
  for (const asset of assets) {
    const answer = await fetch(new URL(asset, page.url));
    expect([asset, answer.status]).toEqual([asset, 200]);
    await answer.arrayBuffer();
  }
  const initializer = assets.find((asset) => asset.includes('initializer')) ?? '';
  expect(await (await fetch(new URL(initializer, page.url))).text()).toContain('/gateway/v1/openapi.json');
});
