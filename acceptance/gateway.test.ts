import { describe } from 'vitest';
import type { Arno } from './lib/arno.ts';
import { type Data, getTask } from './lib/clearml.ts';
import { logIn, type Session } from './lib/console.ts';
import { bearer, finishedCall, five, post, publicId } from './lib/gateway.ts';
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
    expect(dashboard.platform.mappings).toEqual({ tasks: 1, endpoints: 1, machines: 1 });
    expect(dashboard.last.map((call: Data) => call.id)).toEqual(
      expect.arrayContaining([items[0].id, items[1].id]),
    );

    const details = await Promise.all(items.map((call: Data) => demo.session.get(`calls/${call.id}`)));
    expect(JSON.stringify(details)).not.toContain(arno.token);
    expect(arno.program.output()).not.toContain(arno.token);
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
});
