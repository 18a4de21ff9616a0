import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { startUpstream, type Upstream } from '../../../test/upstream.ts';
import { updateEndpointMapping } from '../../features/mappings/index.ts';

let gateway: TestGateway;
let machine: Upstream;

beforeAll(async () => {
  gateway = await createTestGateway();
  machine = await startUpstream((_request, response) => response.end('{}'));
  await gateway.addModel('strict', [machine.port]);
  const { id } = await gateway.database.db
    .selectFrom('endpoint_mappings')
    .select('id')
    .executeTakeFirstOrThrow();
  const input_schema = {
    type: 'object',
    properties: { image: { type: 'array', items: { type: 'number' } } },
    required: ['image'],
  };
  await updateEndpointMapping(gateway.scope(), id, { input_schema, example: { image: [1] } });
});

afterAll(async () => {
  await gateway.close();
  await machine.close();
});

const call = async (body: unknown) => {
  const answer = await gateway.post('/gateway/v1/models/strict/calls', body);
  return {
    status: answer.status,
    body: (await answer.json()) as { error?: { code: string; message: string } },
  };
};

test('what fits the schema reaches the model byte for byte', async () => {
  expect((await call('{ "image":[1.0] }')).status).toBe(200);
  expect(machine.requests.at(-1)?.body).toBe('{ "image":[1.0] }');
  const large = JSON.stringify({ image: Array.from({ length: 200_000 }, (_, n) => n) });
  expect((await call(large)).status).toBe(200);
});

test('what does not fit is refused with the place, and reaches no machine', async () => {
  const { length } = machine.requests;
  const misfit = await call({ image: [1, 'x'] });
  expect(misfit).toMatchObject({ status: 422, body: { error: { code: 'invalid_params' } } });
  expect(misfit.body.error?.message).toContain('/image/1 must be number');
  expect(await gateway.lastCall()).toMatchObject({ error_code: 'invalid_params', http_status: 422 });
  expect((await call('no JSON')).body.error?.code).toBe('invalid_request');
  expect((await call('')).body.error?.code).toBe('invalid_request');
  expect((await call(`{"image":["${'x'.repeat(300_000)}"]}`)).status).toBe(422);
  expect((await call('x'.repeat(17 * 1024 * 1024))).status).toBe(413);
  expect(machine.requests).toHaveLength(length);
});

test('the legacy form is checked alike', async () => {
  const { public_id } = await gateway.database.db
    .selectFrom('endpoint_mappings')
    .select('public_id')
    .executeTakeFirstOrThrow();
  const body = { machine_id: public_id, endpoint: 'strict', params: { image: 'x' } };
  const answer = await gateway.post('/clearml/serve/ondemand', body);
  expect([answer.status, await answer.json()]).toMatchObject([422, { error: { code: 'invalid_params' } }]);
});
