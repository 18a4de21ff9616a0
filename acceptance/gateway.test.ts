import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe } from 'vitest';
import type { Arno } from './lib/arno.ts';
import { clearml, type Data, getTask } from './lib/clearml.ts';
import { logIn, type Session } from './lib/console.ts';
import { announce, bearer, callDocument, finishedCall, five, post, publicId } from './lib/gateway.ts';
import { test as base, expect } from './lib/test.ts';

interface Demo {
  session: Session;
  task: Data;
  endpoint: Data;
}

/** What the first start put into the project Getting started. */
const test = base.extend<{ demo: Demo }>({
  demo: [
    async ({ arno }, use) => {
      const session = await logIn(arno);
      const first = async (path: string) => (await session.get(path)).items[0];
      await use({ session, task: await first('task-mappings'), endpoint: await first('endpoint-mappings') });
    },
    { scope: 'file' },
  ],
});

const enqueue = (arno: Arno, body: object, prefix = '/clearml') =>
  post(`${arno.web}${prefix}/serve/enqueue_task`, { access_token: arno.token, ...body });
const ondemand = (arno: Arno, body: object) =>
  post(`${arno.web}/clearml/serve/ondemand`, { access_token: arno.token, ...body });

describe('enqueue', () => {
  test('clones the template, queues it, and the call ends completed with its result', async ({
    arno,
    demo,
  }) => {
    expect(demo.task.public_id).toBe(publicId(demo.task.task_id));
    const params = { occupied: [10, 20, 30, 40], hours: 2 };
    const { status, body } = await enqueue(arno, { task_id: demo.task.public_id, params });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'queued', call_id: expect.any(String), queue: 'default' });
    expect(body.task_name).toMatch(/_\d{8}_\d{6}$/);

    const call = await finishedCall(arno, body.call_id);
    expect(call).toMatchObject({
      kind: 'enqueue',
      status: 'completed',
      result: { forecast: [50, 60], full: false },
    });
    const { clone_id } = await demo.session.get(`calls/${body.call_id}`);
    const clone = await getTask(arno, clone_id);
    expect(clone).toMatchObject({ name: body.task_name, status: 'completed', parent: demo.task.task_id });
    expect(await demo.session.get(`calls/${body.call_id}`)).toMatchObject({ status: 'completed' });
    const { occupied, hours, capacity } = clone.hyperparams.General;
    expect([JSON.parse(occupied.value), hours.value, capacity.value]).toEqual([params.occupied, '2', '240']);
  });

  test('takes the older field names, no prefix, and the modern form', async ({ arno, demo }) => {
    const older = { task_id: demo.task.public_id, queue_name: 'services', input: { hours: 1 } };
    expect((await enqueue(arno, older, '')).body).toMatchObject({ status: 'queued', queue: 'services' });

    const url = `${arno.web}/gateway/v1/tasks/${demo.task.alias}/calls`;
    const modern = await post(url, { params: { hours: 1 } }, bearer(arno));
    expect(modern.status).toBe(202);
    expect(modern.body).toMatchObject({ status: 'queued', links: { self: expect.any(String) } });
    expect((await finishedCall(arno, modern.body.call_id)).status).toBe('completed');
  });
});

describe('on demand', () => {
  test('answers what the model answers, in both forms', async ({ arno, demo }) => {
    const { public_id, endpoint, alias } = demo.endpoint;
    expect(public_id).toBe(publicId(demo.endpoint.serving_task_id));
    const legacy = await ondemand(arno, { machine_id: public_id, endpoint, params: await five() });
    expect([legacy.status, legacy.body.digit]).toEqual([200, 5]);

    const modern = await post(`${arno.web}/gateway/v1/models/${alias}/calls`, await five(), bearer(arno));
    expect([modern.status, modern.body.digit]).toEqual([200, 5]);
    const id = modern.headers.get('arno-call-id') ?? '';
    expect(await demo.session.get(`calls/${id}`)).toMatchObject({ kind: 'ondemand', outcome: 'ok', alias });
  });
});

describe('the log of calls', () => {
  test('shows both kinds, also on the dashboard, and no token', async ({ arno, demo }) => {
    const { public_id, endpoint } = demo.endpoint;
    const queued = await enqueue(arno, { task_id: demo.task.public_id, params: { hours: 1 } });
    await ondemand(arno, { machine_id: public_id, endpoint, params: await five() });
    const { items } = await demo.session.get('calls');
    expect(items.slice(0, 2).map((call: Data) => [call.kind, call.outcome])).toEqual([
      ['ondemand', 'ok'],
      ['enqueue', 'accepted'],
    ]);
    expect(items[1].id).toBe(queued.body.call_id);

    const dashboard = await demo.session.get('dashboard');
    expect(dashboard.counts).toEqual({ tasks: 1, endpoints: 1, machines: 1 });
    expect(dashboard.calls.last.map((call: Data) => call.id)).toEqual(
      expect.arrayContaining([items[0].id, items[1].id]),
    );

    const details = await Promise.all(items.map((call: Data) => demo.session.get(`calls/${call.id}`)));
    expect(JSON.stringify(details)).not.toContain(arno.token);
    expect(arno.program.output()).not.toContain(arno.token);
  });
});

describe('every error has its shape and a row in the log', () => {
  /** Sends a call that must fail and checks answer and log row alike. */
  async function refused(
    demo: Demo,
    call: Promise<{ status: number | undefined; body: Data }>,
    status: number,
    code: string,
    words: string,
  ) {
    const { body, ...answer } = await call;
    expect([answer.status, body.status, body.error?.code]).toEqual([status, 'error', code]);
    expect(body.error.message).toContain(words);
    const { items } = await demo.session.get('calls?status=failed');
    expect(items[0]).toMatchObject({ outcome: 'failed', http_status: status, error_code: code });
    return items[0];
  }

  test('no token and a wrong token', async ({ arno, demo }) => {
    const body = { task_id: demo.task.public_id };
    await refused(demo, enqueue(arno, { ...body, access_token: 'wrong' }), 401, 'unauthorized', 'token');
    await refused(demo, enqueue(arno, { ...body, access_token: undefined }), 401, 'unauthorized', 'token');
    const url = `${arno.web}/gateway/v1/models/${demo.endpoint.alias}/calls`;
    await refused(
      demo,
      post(url, await five(), { authorization: 'Bearer wrong' }),
      401,
      'unauthorized',
      'token',
    );
  });

  test('a missing field is named', async ({ arno, demo }) => {
    const { public_id, endpoint } = demo.endpoint;
    await refused(demo, enqueue(arno, { params: {} }), 400, 'missing_field', 'task_id');
    await refused(demo, ondemand(arno, { endpoint, params: {} }), 400, 'missing_field', 'machine_id');
    await refused(
      demo,
      ondemand(arno, { machine_id: public_id, params: {} }),
      400,
      'missing_field',
      'endpoint',
    );
  });

  test('a malformed body', async ({ arno, demo }) => {
    const url = `${arno.web}/clearml/serve/enqueue_task`;
    await refused(demo, post(url, '{"task_id": ', bearer(arno)), 400, 'invalid_request', 'JSON');
    const wrong = enqueue(arno, { task_id: demo.task.public_id, params: 'text' });
    await refused(demo, wrong, 400, 'invalid_request', 'params');
  });

  test('unknown public ids, endpoints, aliases and queues', async ({ arno, demo }) => {
    const { public_id } = demo.endpoint;
    const nothing = publicId('nothing');
    await refused(demo, enqueue(arno, { task_id: nothing }), 404, 'unknown_public_id', nothing);
    const queue = enqueue(arno, { task_id: demo.task.public_id, queue: 'no such queue' });
    await refused(demo, queue, 400, 'unknown_queue', 'no such queue');
    const machine = ondemand(arno, { machine_id: nothing, endpoint: 'digits' });
    await refused(demo, machine, 404, 'unknown_public_id', nothing);
    const endpoint = ondemand(arno, { machine_id: public_id, endpoint: 'letters' });
    await refused(demo, endpoint, 404, 'unknown_endpoint', 'letters');
    const alias = post(`${arno.web}/gateway/v1/tasks/nobody/calls`, {}, bearer(arno));
    await refused(demo, alias, 404, 'unknown_public_id', 'nobody');
  });

  test('a misspelt field and what is not supported yet', async ({ arno, demo }) => {
    const url = `${arno.web}/gateway/v1/tasks/${demo.task.alias}/calls`;
    const misspelt = post(url, { parmas: {} }, bearer(arno));
    await refused(demo, misspelt, 400, 'invalid_request', 'parmas');
    const callback = post(url, { callback_url: 'http://localhost/' }, bearer(arno));
    await refused(demo, callback, 400, 'invalid_request', 'callback_url');
    const key = post(url, {}, { ...bearer(arno), 'idempotency-key': 'once' });
    await refused(demo, key, 400, 'invalid_request', 'Idempotency-Key');
  });

  test('a token in a body that is no JSON does not enter the log', async ({ arno, demo }) => {
    const { token } = arno;
    const bodies = [
      `{'access_token': '${token}'}`,
      `{access_token: ${token}}`,
      `{"access_token" "${token}"}`,
      JSON.stringify(JSON.stringify({ access_token: token })),
      `access_token=${token}`,
    ];
    const urls = [`/clearml/serve/enqueue_task`, `/gateway/v1/models/${demo.endpoint.alias}/calls`];
    for (const body of bodies) {
      for (const url of urls) await post(arno.web + url, body, bearer(arno));
    }
    const { items } = await demo.session.get(`calls?limit=${bodies.length * urls.length}`);
    const details = await Promise.all(items.map((call: Data) => demo.session.get(`calls/${call.id}`)));
    expect(details).toHaveLength(bodies.length * urls.length);
    expect(JSON.stringify(details)).not.toContain(token);
  });

  test('an unknown call', async ({ arno }) => {
    const call = await callDocument(arno, '0'.repeat(32));
    expect(call).toMatchObject({ status: 'error', error: { code: 'unknown_call' } });
  });

  test('a body that is too large', async ({ arno, demo }) => {
    const url = `${arno.web}/clearml/serve/enqueue_task`;
    const call = announce(url, 64 * 1024 * 1024, bearer(arno));
    await refused(demo, call, 413, 'body_too_large', 'large');
  });

  test('a dead machine, a machine that is too slow, one that talks nonsense', async ({ arno, demo }) => {
    const project = (await clearml(arno, 'projects.get_all', { name: '^Getting started$' })).projects[0].id;
    const { id } = await clearml(arno, 'tasks.create', { name: 'machine', type: 'inference', project });
    const upstream = createServer((request, response) => {
      if (request.url === '/slow') return;
      response.socket?.end('this is not HTTP');
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const { port } = upstream.address() as AddressInfo;
    const base_url = `http://127.0.0.1:${port}`;
    await demo.session.send('POST', 'machine-mappings', { serving_task_id: id, base_url });
    for (const endpoint of ['slow', 'nonsense', 'gone'])
      await demo.session.send('POST', 'endpoint-mappings', {
        serving_task_id: id,
        endpoint,
        deadline_ms: 500,
      });
    const call = (endpoint: string) => ondemand(arno, { machine_id: publicId(id), endpoint, params: {} });

    await refused(demo, call('slow'), 504, 'deadline_exceeded', '500');
    await refused(demo, call('nonsense'), 502, 'bad_answer', '');
    upstream.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));
    const row = await refused(demo, call('gone'), 503, 'machine_unavailable', '');
    expect(row.machine).toBe(base_url);
  });
});
