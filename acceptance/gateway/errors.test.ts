import { describe, expect } from 'vitest';
import type { Data } from '../lib/clearml.ts';
import { issuerToken, part, test } from '../lib/error-lab.ts';
import { announce, bearer, post } from '../lib/gateway.ts';
import {
  both,
  enqueue,
  type Form,
  forms,
  type Headers,
  legacyForms,
  onDemand,
  refused,
} from '../lib/gateway-forms.ts';
import { until } from '../lib/wait.ts';

// The rows of the error list, in both wire forms: status and shape, headers, the row in the log, and no token anywhere. What goes
// wrong later is in failures.test.ts, what a ClearML server elsewhere refuses in acceptance/gateway-only.test.ts.

describe('who calls', () => {
  test.for(both)('unauthorized: %s', async ([, { call, kind }], { lab }) => {
    const peer = { 'x-forwarded-for': '192.0.2.1' };
    const none = await refused(lab, call(lab, 'open', {}, peer), [401, 'unauthorized', /no token/]);
    expect(none.row).toMatchObject({ kind });
    const foreign = [part({ alg: 'RS256' }), part({ iss: 'https://elsewhere.example' }), 'c2ln'].join('.');
    for (const token of ['arno_wrong', 'arnokey_wrong', 'quoted"', foreign]) {
      const wrong = { ...peer, authorization: `Bearer ${token}` };
      const { row } = await refused(lab, call(lab, 'open', {}, wrong), [401, 'unauthorized', /wrong|issued/]);
      expect(JSON.stringify(row)).not.toContain(token);
    }
  });

  test.for(Object.entries(legacyForms))(
    'unauthorized: %s with the token in its body',
    async ([, { call }], { lab }) => {
      const fields = { access_token: 'arno_not-one-that-exists' };
      const peer = { 'x-forwarded-for': '192.0.2.2' };
      const { row } = await refused(lab, call(lab, 'open', fields, peer), [401, 'unauthorized', /wrong/]);
      expect(JSON.stringify(row)).not.toContain(fields.access_token);
    },
  );

  test.for(both)('forbidden: %s', async ([, { call }], { lab }) => {
    await refused(lab, call(lab, 'keys'), [403, 'forbidden', /consumer keys only/]);
    await refused(lab, call(lab, 'listed'), [403, 'forbidden', /may not call/]);
  });

  test.for(both)(
    'forbidden: %s with the consumer key of something else',
    async ([name, { call }], { lab }) => {
      const { id } = lab.tasks.keys;
      const { key } = await lab.session.send('POST', `task-mappings/${id}/keys`, { name });
      const headers = { authorization: `Bearer ${key}` };
      const { row } = await refused(lab, call(lab, 'open', {}, headers), [403, 'forbidden', /another/]);
      await refused(lab, call(lab, 'no-such-thing', {}, headers), [403, 'forbidden', /another/]);
      expect(JSON.stringify(row)).not.toContain(key);
    },
  );

  test.for(both)('issuer_unavailable: %s', async ([, { call }], { lab }) => {
    const headers = { authorization: `Bearer ${issuerToken}` };
    const outage = await refused(lab, call(lab, 'open', {}, headers), [
      503,
      'issuer_unavailable',
      /identity provider/,
    ]);
    expect(Number(outage.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(JSON.stringify(outage.row)).not.toContain(issuerToken);
  });

  test('too_many_requests: only for the address that guesses', async ({ lab }) => {
    const { call } = forms.ondemand as Form;
    const guess = { 'x-forwarded-for': '192.0.2.66', authorization: 'Bearer arno_guess' };
    const answers = await until('the address may guess no more', async () => {
      // At once: guesses are counted by the minute.
      const guesses = await Promise.all(Array.from({ length: 10 }, () => call(lab, 'open', {}, guess)));
      return guesses.find(({ status }) => status === 429);
    });
    expect(answers.body.error).toMatchObject({ code: 'too_many_requests' });
    expect(Number(answers.headers.get('retry-after'))).toBeGreaterThan(0);
    const reading = await fetch(`${lab.arno.web}/gateway/v1/calls/x`, { headers: guess });
    expect([reading.status, ((await reading.json()) as Data).error.code]).toEqual([429, 'too_many_requests']);
    const neighbour = { ...guess, 'x-forwarded-for': '192.0.2.67' };
    expect((await call(lab, 'open', {}, neighbour)).status).toBe(401);
    expect((await call(lab, 'open', {}, { ...guess, ...bearer(lab.arno) })).status).toBe(200);
    const { items } = await lab.session.get('calls?q=too_many_requests&limit=50');
    expect(items.length).toBeLessThanOrEqual(1);
  });
});

describe('what is called', () => {
  test.for(enqueue)('unknown_public_id: %s', async ([, { call }], { lab }) => {
    await refused(lab, call(lab, 'no-such-thing'), [404, 'unknown_public_id', /task/]);
  });

  test.for(onDemand)('unknown_public_id or unknown_endpoint: %s', async ([name, { call }], { lab }) => {
    const code = name === 'ondemand' ? 'unknown_public_id' : 'unknown_endpoint';
    await refused(lab, call(lab, 'no-such-thing'), [404, code, /no-such-thing|machine_id/]);
    if (name !== 'ondemand') return;
    await refused(lab, call(lab, 'open', { endpoint: 'letters' }), [404, 'unknown_endpoint', /letters/]);
  });

  test('not_found and unknown_call leave no row, and are told to nobody without a token', async ({ lab }) => {
    const { web } = lab.arno;
    const get = async (path: string, headers: Headers = bearer(lab.arno)) => {
      const answer = await fetch(web + path, { headers });
      const body = (await answer.json()) as Data;
      return [answer.status, body.status, body.error.code];
    };
    const before = (await lab.session.get('calls?limit=1')).items[0]?.id;
    const unknown = `/gateway/v1/calls/${'0'.repeat(32)}`;
    expect(await get(unknown)).toEqual([404, 'error', 'unknown_call']);
    expect(await get(`${unknown}/events`)).toEqual([404, 'error', 'unknown_call']);
    expect(await get(unknown, { 'x-forwarded-for': '192.0.2.3' })).toEqual([401, 'error', 'unauthorized']);
    expect(await get('/gateway/v1/nothing')).toEqual([404, 'error', 'not_found']);
    expect(await get('/clearml/serve/ondemand')).toEqual([404, 'error', 'not_found']);
    expect(await get('/gateway/v1/models/%zz')).toEqual([400, 'error', 'invalid_request']);
    expect((await lab.session.get('calls?limit=1')).items[0]?.id).toBe(before);
  });
});

describe('what is sent', () => {
  test.for([
    ['enqueue_task', 'task_id'],
    ['ondemand', 'machine_id'],
    ['ondemand', 'endpoint'],
  ] as const)('missing_field: %s without %s', async ([name, field], { lab }) => {
    const { call } = legacyForms[name] as Form;
    for (const value of [null, ''])
      await refused(lab, call(lab, 'open', { [field]: value }), [400, 'missing_field', new RegExp(field)]);
    await refused(lab, call(lab, 'open', { [field]: 5 }), [400, 'invalid_request', new RegExp(field)]);
  });

  test.for([
    '/clearml/serve/enqueue_task',
    '/serve/ondemand',
    '/gateway/v1/tasks/open/calls',
    '/gateway/v1/models/strict/calls',
  ])('invalid_request: %s with what is no JSON', async (path, { lab }) => {
    for (const text of ['{"params": ', `{'access_token': '${lab.arno.token}'}`, '\u0000']) {
      const { status, body } = await post(lab.arno.web + path, text, bearer(lab.arno));
      expect([400, 422]).toContain(status);
      const row = await lab.session.get(`calls/${body.call_id}`);
      expect(row).toMatchObject({ error_code: body.error.code, http_status: status });
      expect(JSON.stringify(row)).not.toContain(lab.arno.token);
    }
  });

  test.for(enqueue)('invalid_request: %s with params that are none', async ([, { call }], { lab }) => {
    const countless = Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`p${n}`, n]));
    const large = { image: 'x'.repeat(1024 * 1024) };
    for (const params of [[1], 5, countless, large])
      await refused(lab, call(lab, 'open', { params }), [400, 'invalid_request', /params/]);
  });

  test('invalid_request: a misspelt field, and a callback to nowhere', async ({ lab }) => {
    const { call } = forms.tasks as Form;
    await refused(lab, call(lab, 'open', { parmas: {} }), [400, 'invalid_request', /parmas/]);
    for (const callback_url of ['nowhere', 'ftp://example.org/', 'file:///etc/passwd'])
      await refused(lab, call(lab, 'open', { callback_url }), [400, 'invalid_request', /callback_url/]);
  });

  test.for(enqueue)('unknown_queue and queue_not_allowed: %s', async ([, { call }], { lab }) => {
    const { id } = lab.tasks.open;
    await refused(lab, call(lab, 'open', { queue: 'elsewhere' }), [
      403,
      'queue_not_allowed',
      /elsewhere.*services/,
    ]);
    await lab.session.send('PATCH', `task-mappings/${id}`, { queues: null });
    await refused(lab, call(lab, 'open', { queue: 'elsewhere' }), [400, 'unknown_queue', /elsewhere/]);
    await lab.session.send('PATCH', `task-mappings/${id}`, { queues: ['services'] });
  });

  test.for(both)('invalid_params: %s, with the place', async ([, { call }], { lab }) => {
    const wrong = [
      [{ params: {} }, /hours/],
      [{ params: { hours: 'many' } }, /hours/],
      [{ params: { hours: 0 } }, /hours/],
    ] as const;
    for (const [fields, words] of wrong) {
      const { body } = await refused(lab, call(lab, 'strict', fields), [422, 'invalid_params', words]);
      expect(body.error.faults).toEqual([{ path: expect.any(String), message: expect.any(String) }]);
    }
    expect((await call(lab, 'strict', { params: { hours: 2 } })).status).toBeLessThan(300);
  });

  test('body_too_large', async ({ lab }) => {
    const paths = ['/clearml/serve/enqueue_task', '/serve/ondemand', '/gateway/v1/tasks/open/calls'];
    for (const path of [...paths, '/gateway/v1/models/open/calls']) {
      const { status, body } = await announce(lab.arno.web + path, 3 * 1024 ** 3, bearer(lab.arno));
      expect([path, status, body.error?.code]).toEqual([path, 413, 'body_too_large']);
      expect(await lab.session.get(`calls/${body.call_id}`)).toMatchObject({ error_code: 'body_too_large' });
    }
    const params = { image: 'x'.repeat(200) };
    for (const [, { call }] of onDemand)
      await refused(lab, call(lab, 'small', { params }), [413, 'body_too_large', /large/]);
  });

  test.for(enqueue)('idempotency_conflict: %s', async ([name, { call }], { lab }) => {
    const headers = { ...bearer(lab.arno), 'idempotency-key': `a-key-for-${name}` };
    const first = await call(lab, 'open', { params: { hours: 1 } }, headers);
    expect(first.status).toBeLessThan(300);
    const again = await call(lab, 'open', { params: { hours: 1 } }, headers);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const other = call(lab, 'open', { params: { hours: 2 } }, headers);
    await refused(lab, other, [409, 'idempotency_conflict', /Idempotency-Key/]);
    for (const key of ['', 'with space', 'x'.repeat(300)]) {
      const wrong = call(lab, 'open', {}, { ...headers, 'idempotency-key': key });
      await refused(lab, wrong, [400, 'invalid_request', /Idempotency-Key/]);
    }
  });
});

describe('how often', () => {
  test.for(['enqueue', 'ondemand'])(
    'rate_limited and quota_exceeded: %s, counted over both forms',
    async (kind, { lab }) => {
      const [legacy, modern] = both.filter(([, form]) => form.kind === kind).map(([, form]) => form) as [
        Form,
        Form,
      ];
      const limits = [
        ['minute', 'rate_limited', 60],
        ['day', 'quota_exceeded', 86_400],
      ] as const;
      for (const [alias, code, seconds] of limits) {
        const first = await legacy.call(lab, alias);
        expect(first.status).toBe(200);
        expect(first.headers.get('ratelimit-limit')).toBe('1');
        expect(first.headers.get('ratelimit-remaining')).toBe('0');
        for (const form of [legacy, modern]) {
          const { headers } = await refused(lab, form.call(lab, alias), [429, code, /again in \d+ s/]);
          expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(seconds);
          expect(Number(headers.get('ratelimit-reset'))).toBeLessThanOrEqual(seconds);
        }
      }
    },
  );
});

test('no token is in what the server wrote', async ({ lab }) => {
  const output = lab.arno.program.output();
  for (const secret of [lab.arno.token, issuerToken, 'arno_not-one-that-exists', 'arnokey_'])
    expect(output).not.toContain(secret);
});
