import { expect, test } from 'vitest';
import { certificate } from '../test/certificate.ts';
import { helper, runNode, server, useNodeRed } from '../test/node-red.ts';
import { json, startWeb } from '../test/web.ts';

useNodeRed();

const publicId = 'a'.repeat(64);
const queued = { status: 'queued', call_id: 'call-1', queue: 'default' };
const bodyOf = ({ body }: { body: Buffer }) => JSON.parse(body.toString());

/** Node-RED of the lab: an account whose domain answers as realm and as gateway. */
async function lab(answer: (path: string) => [unknown, number?]) {
  const web = await startWeb(({ path }, response) => {
    if (path.startsWith('/auth/')) return json(response, { access_token: 'lab-token', expires_in: 300 });
    return json(response, ...answer(path));
  });
  const account = {
    id: 'account',
    type: 'snap4city-authentication-clearml',
    name: '',
    domain: web.url,
    ismainaccount: true,
    credentials: { user: 'mia', password: 'secret' },
  };
  return { ...web, account };
}

test('enqueue of the lab: the same login, request and message', async () => {
  const { account, received } = await lab(() => [queued]);
  const node = {
    type: 'clearml-serving-enqueue',
    name: '',
    authentication: 'account',
    task_id: publicId,
    queue_name: 'default',
    input: '{"hours": 3}',
  };
  const flow = await runNode(node, [account]);
  flow.send({ payload: 1, topic: 'kept' });
  expect(await flow.next()).toMatchObject({ payload: { status: 'ok', response: queued }, topic: 'kept' });
  const [login, call] = received;
  expect(login).toMatchObject({
    method: 'POST',
    path: '/auth/realms/master/protocol/openid-connect/token/',
  });
  expect(login?.body.toString()).toBe(
    'grant_type=password&username=mia&password=secret&client_id=nodered-iotedge',
  );
  expect(call).toMatchObject({ method: 'POST', path: '/clearml/serve/enqueue_task' });
  expect(bodyOf(call as never)).toEqual({
    access_token: 'lab-token',
    task_id: publicId,
    queue: 'default',
    params: { hours: 3 },
  });

  flow.send({ payload: { task_id: 'b'.repeat(64), queue_name: 'other', input: '{"hours": 4}' } });
  await flow.next();
  expect(bodyOf(received[2] as never)).toMatchObject({
    task_id: 'b'.repeat(64),
    queue: 'other',
    params: { hours: 4 },
  });
});

test('on demand of the lab: the same request and message', async () => {
  const { account, received } = await lab(() => [{ digit: 5 }]);
  const node = {
    type: 'clearml-serving-ondemand',
    name: '',
    authentication: 'account',
    machine_id: publicId,
    endpoint: 'predict',
    input: '{"image": []}',
  };
  const flow = await runNode(node, [account]);
  flow.send({ payload: { endpoint: 'other', input: { image: [1] } } });
  expect((await flow.next()).payload).toEqual({ status: 'ok', response: { digit: 5 } });
  expect(received[1]?.path).toBe('/clearml/serve/ondemand');
  expect(bodyOf(received[1] as never)).toEqual({
    access_token: 'lab-token',
    machine_id: publicId,
    endpoint: 'other',
    params: { image: [1] },
  });
});

test('an answer that is not queued, and a refusal, are "ko" as in the lab', async () => {
  const answers: [unknown, number?][] = [
    [{ status: 'odd' }],
    [{ status: 'error', error: { code: 'forbidden', message: 'not yours' } }, 403],
  ];
  const { account } = await lab(() => answers.shift() ?? [{}]);
  const node = { type: 'clearml-serving-enqueue', authentication: 'account', task_id: publicId };
  const flow = await runNode(node, [account]);
  flow.send({ payload: {} });
  expect((await flow.next()).payload).toEqual({ status: 'ko', response: { status: 'odd' } });
  flow.send({ payload: {} });
  const refused = (await flow.next()).payload as { details: object };
  expect(refused).toMatchObject({ status: 'ko', error: '403: not yours (forbidden)' });
  expect(refused.details).toMatchObject({ error: { code: 'forbidden' } });
});

test.for([
  ['clearml-serving-enqueue', {}, 'task_id is missing'],
  ['clearml-serving-ondemand', { endpoint: 'predict' }, 'machine_id is missing'],
  ['clearml-serving-ondemand', { machine_id: publicId }, 'endpoint is missing'],
  ['clearml-serving-enqueue', { task_id: 'forecast', input: '{' }, 'the input is no JSON'],
  ['clearml-serving-enqueue', { task_id: 'forecast', input: '[1]' }, 'must be an object'],
] as const)(
  '%s with %j says what is wrong, to its output and to Catch nodes',
  async ([type, properties, words]) => {
    const flow = await runNode({ type, server: 'server', ...properties }, [server('http://127.0.0.1:9')]);
    flow.send({ payload: 1 });
    expect((await flow.next()).payload).toEqual({ status: 'ko', error: expect.stringContaining(words) });
    expect(await flow.next('caught')).toMatchObject({ error: { message: expect.stringContaining(words) } });
  },
);

test('without a server, an account and a file there is no token', async () => {
  helper.settings({ arnoRefreshTokenFile: '/nowhere/refresh_token' });
  const flow = await runNode({ type: 'clearml-serving-enqueue', task_id: publicId });
  flow.send({ payload: {} });
  expect((await flow.next()).payload).toEqual({
    status: 'ko',
    error: expect.stringMatching(/no access token.*nowhere/),
  });
});

test('plain sends the answer alone, and failures to Catch nodes only', async () => {
  const answers: [unknown, number?][] = [[{ digit: 5 }], [{}, 422], [{ digit: 6 }]];
  const { url } = await startWeb((_request, response) => json(response, ...(answers.shift() as [unknown])));
  const node = { type: 'clearml-serving-ondemand', server: 'server', model: 'digits', output: 'plain' };
  const flow = await runNode(node, [server(url)]);
  flow.send({ payload: {} });
  expect((await flow.next()).payload).toEqual({ digit: 5 });
  flow.send({ payload: {} });
  expect((await flow.next('caught')).error).toMatchObject({ message: expect.stringContaining('422') });
  flow.send({ payload: {} });
  expect((await flow.next()).payload).toEqual({ digit: 6 });
});

test('a form evaluates each of its fields', async () => {
  const { url, received } = await startWeb((_request, response) => json(response, queued, 202));
  const fields = {
    hours: { type: 'num', value: '3' },
    place: { type: 'msg', value: 'topic' },
    full: { type: 'bool', value: 'false' },
    occupied: { type: 'json', value: '[1,2]' },
    double: { type: 'jsonata', value: 'payload * 2' },
  };
  const node = {
    type: 'clearml-serving-enqueue',
    server: 'server',
    task_id: 'forecast',
    inputType: 'form',
    fields,
  };
  const flow = await runNode(node, [server(url)]);
  flow.send({ payload: 21, topic: 'Pisa' });
  expect((await flow.next()).payload).toMatchObject({ status: 'ok' });
  expect(received[0]).toMatchObject({ path: '/gateway/v1/tasks/forecast/calls' });
  expect(bodyOf(received[0] as never)).toEqual({
    params: { hours: 3, place: 'Pisa', full: false, occupied: [1, 2], double: 42 },
  });
});

test('bytes go to a model and come back as they are', async () => {
  const { url, received } = await startWeb(({ body }, response) => {
    response.writeHead(200, { 'content-type': 'image/png', 'arno-call-id': 'call-7' }).end(body);
  });
  const node = {
    type: 'clearml-serving-ondemand',
    server: 'server',
    model: 'blur',
    inputType: 'msg',
    input: 'payload',
  };
  const flow = await runNode(node, [server(url)]);
  const bytes = Buffer.from([0, 255, 128, 10, 13]);
  flow.send({ payload: bytes, contentType: 'image/jpeg' });
  const answer = (await flow.next()) as { payload: { response: Buffer }; [name: string]: unknown };
  expect(answer.payload.response.equals(bytes)).toBe(true);
  expect(answer).toMatchObject({ call_id: 'call-7', contentType: 'image/png' });
  expect(received[0]?.headers['content-type']).toBe('image/jpeg');
  expect(received[0]?.body.equals(bytes)).toBe(true);
});

test('a call is sent again with the same key, and not more often than allowed', async () => {
  const { url, received } = await startWeb((_request, response, count) => {
    if (count < 3) response.destroy();
    else json(response, queued, 202);
  });
  const node = { type: 'clearml-serving-enqueue', server: 'server', task_id: 'forecast' };
  const flow = await runNode(node, [server(url, { retries: 2 })]);
  flow.send({ payload: {} });
  expect((await flow.next()).payload).toMatchObject({ status: 'ok' });
  expect(received).toHaveLength(3);
  expect(new Set(received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
});

test('a model is not called again when the first call may have reached it', async () => {
  const { url, received } = await startWeb((_request, response) => void response.destroy());
  const flow = await runNode({ type: 'clearml-serving-ondemand', server: 'server', model: 'digits' }, [
    server(url),
  ]);
  flow.send({ payload: {} });
  expect((await flow.next()).payload).toMatchObject({
    status: 'ko',
    error: expect.stringContaining('cannot be reached'),
  });
  expect(received).toHaveLength(1);
});

test('a server that does not answer in time is told of', async () => {
  const { url } = await startWeb(() => {});
  const node = { type: 'clearml-serving-ondemand', server: 'server', model: 'digits' };
  const flow = await runNode(node, [server(url, { timeout: 1 })]);
  flow.send({ payload: {} });
  expect((await flow.next()).payload).toMatchObject({
    status: 'ko',
    error: expect.stringContaining('did not answer within 1 s'),
  });
});

test('no more calls at a time than allowed', async () => {
  let open = 0;
  let most = 0;
  const held: (() => void)[] = [];
  const { url } = await startWeb(async (_request, response) => {
    most = Math.max(most, ++open);
    await new Promise<void>((resolve) => held.push(resolve));
    open--;
    json(response, {});
  });
  const node = { type: 'clearml-serving-ondemand', server: 'server', model: 'digits' };
  const flow = await runNode(node, [server(url, { concurrency: 2 })]);
  for (let sent = 0; sent < 5; sent++) flow.send({ payload: {} });
  for (let answered = 0; answered < 5; answered++) {
    await expect.poll(() => held.length).toBeGreaterThan(0);
    held.shift()?.();
    await flow.next();
  }
  expect(most).toBe(2);
});

test('a message with cancel gives up what waits for its answer', async () => {
  const { url, received } = await startWeb(() => {});
  const flow = await runNode({ type: 'clearml-serving-ondemand', server: 'server', model: 'digits' }, [
    server(url),
  ]);
  flow.send({ payload: {} });
  await expect.poll(() => received.length).toBe(1);
  flow.send({ cancel: true });
  expect((await flow.next()).payload).toEqual({ status: 'ko', error: 'cancelled' });
  await expect.poll(() => flow.statuses.at(-1)).toMatchObject({ fill: 'grey' });
});

test('a server with a certificate of its own is trusted through a tls-config node', async () => {
  const { url } = await startWeb((_request, response) => json(response, { digit: 5 }), certificate);
  const node = { type: 'clearml-serving-ondemand', server: 'server', model: 'digits' };
  const distrusting = await runNode(node, [server(url, { retries: 0 })]);
  distrusting.send({ payload: {} });
  expect((await distrusting.next()).payload).toMatchObject({
    status: 'ko',
    error: expect.stringContaining('self-signed certificate'),
  });
  await helper.unload();

  const names = { cert: '', key: '', ca: '', servername: '', alpnprotocol: '' };
  const tls = { id: 'tls', type: 'tls-config', ...names, verifyservercert: true };
  const credentials = { cadata: certificate.cert };
  const trusting = await runNode(node, [{ ...tls, credentials }, server(url, { tls: 'tls' })]);
  trusting.send({ payload: {} });
  expect((await trusting.next()).payload).toEqual({ status: 'ok', response: { digit: 5 } });
});

test('a node that is closed breaks off its calls and sends nothing more', async () => {
  let closed = false;
  const { url, received } = await startWeb((_request, response) => {
    response.on('close', () => {
      closed = true;
    });
  });
  const flow = await runNode({ type: 'clearml-serving-ondemand', server: 'server', model: 'digits' }, [
    server(url),
  ]);
  flow.send({ payload: {} });
  await expect.poll(() => received.length).toBe(1);
  await flow.node.close(false);
  await expect.poll(() => closed).toBe(true);
});

test('the editor reads the lists of a server that is not deployed, and never sends a secret to a new address', async () => {
  const lists = (path: string) =>
    path.endsWith('tasks') ? { tasks: [{ alias: 'forecast' }] } : { models: [] };
  const first = await startWeb(({ path }, response) => json(response, lists(path)));
  const second = await startWeb(({ path }, response) => json(response, lists(path)));
  const { credentials, ...config } = server(first.url);
  await runNode({ type: 'clearml-serving-enqueue', server: 'server' }, [{ ...config, credentials }]);
  const ask = (body: object) => helper.request().post('/arno/lists').send(body);

  const draft = { id: 'new', type: 'arno-server', config: { url: second.url, auth: 'token' } };
  const answer = await ask({ ...draft, credentials: { token: 'typed' } });
  expect(answer).toMatchObject({ status: 200, body: { tasks: [{ alias: 'forecast' }], models: [] } });
  expect(second.received[0]?.headers.authorization).toBe('Bearer typed');

  expect(await ask({ id: 'server', type: 'arno-server', config })).toMatchObject({ status: 200 });
  expect(first.received[0]?.headers.authorization).toBe('Bearer a-token');

  const moved = { id: 'server', type: 'arno-server', config: { ...config, url: second.url } };
  const refused = await ask({ ...moved, credentials: { token: '__PWRD__' } });
  expect(refused).toMatchObject({
    status: 422,
    body: { error: expect.stringContaining('enter the secrets again') },
  });
  expect(second.received).toHaveLength(2);
});
