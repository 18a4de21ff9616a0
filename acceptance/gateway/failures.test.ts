import { describe, expect } from 'vitest';
import { test } from '../lib/error-lab.ts';
import { bearer } from '../lib/gateway.ts';
import { type Answer, both, type Form, forms, onDemand, refused } from '../lib/gateway-forms.ts';
import { until } from '../lib/wait.ts';

// What goes wrong after a call was let through: machines that fail, callers that leave, a database in trouble.

describe('what a serving machine does', () => {
  test.for([
    ['slow', 504, 'deadline_exceeded', /500/],
    ['nonsense', 502, 'bad_answer', /HTTP|closed/],
    ['gone', 503, 'machine_unavailable', /machine/],
  ] as const)('%s: %i %s', async ([alias, status, code, words], { lab }) => {
    for (const [, { call }] of onDemand) {
      const { row, body } = await refused(lab, call(lab, alias, { params: {} }), [status, code, words]);
      expect(row.error).toBe(body.error.message);
      expect(body.error.message).not.toMatch(/127\.0\.0\.1/);
    }
  });

  test('client_closed: the caller went away', async ({ lab }) => {
    for (const [name, { call }] of onDemand) {
      const path = name === 'models' ? '/gateway/v1/models/patient/calls' : '/serve/ondemand';
      const body = { machine_id: lab.models.patient.public_id, endpoint: 'predict' };
      const before = lab.held();
      const leave = new AbortController();
      const left = fetch(lab.arno.web + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...bearer(lab.arno) },
        body: JSON.stringify(body),
        signal: leave.signal,
      }).catch(() => {});
      await until('the machine has the call', async () => lab.held() > before);
      leave.abort();
      await left;
      const row = await until('the call has its row', async () => {
        const { items } = await lab.session.get('calls?limit=1');
        return items[0].error_code === 'client_closed' && items[0];
      });
      expect(row).toMatchObject({ http_status: 499, status: 'failed', alias: 'patient' });
      expect((await call(lab, 'open')).status).toBe(200);
    }
  });
});

describe('what comes in between', () => {
  test('cancelled: while the answer was being sent', async ({ lab }) => {
    const { web } = lab.arno;
    const options = { method: 'POST', headers: bearer(lab.arno) };
    const answer = await fetch(`${web}/gateway/v1/models/endless/calls`, options);
    const id = answer.headers.get('arno-call-id');
    expect(await lab.session.get(`calls/${id}`)).toMatchObject({ status: 'running', http_status: 200 });
    await fetch(`${web}/gateway/v1/calls/${id}`, { method: 'DELETE', headers: bearer(lab.arno) });
    await expect(answer.text()).rejects.toThrow();
    const row = await until('the call has ended', async () => {
      const found = await lab.session.get(`calls/${id}`);
      return found.ended_at && found;
    });
    expect(row).toMatchObject({ status: 'aborted', outcome: 'failed', error_code: 'cancelled' });
  });

  test('too_many_streams', async ({ lab }) => {
    const { body } = await (forms.tasks as Form).call(lab, 'open');
    const url = lab.arno.web + body.links.events;
    const over = new AbortController();
    const watch = () => fetch(url, { headers: bearer(lab.arno), signal: over.signal });
    const streams = [await watch()];
    while (streams.at(-1)?.status === 200 && streams.length < 100) streams.push(await watch());
    const refusal = streams.at(-1) as Response;
    expect([refusal.status, await refusal.json()]).toMatchObject([
      429,
      { error: { code: 'too_many_streams' } },
    ]);
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
    over.abort();
    await until('there is room again', async () => {
      const { status, body: events } = await fetch(url, { headers: bearer(lab.arno) });
      await events?.cancel();
      return status === 200;
    });
  });
});

describe('what the database does', () => {
  test('limiter_unavailable: calls that cannot be counted are refused, others go on', async ({
    lab,
    database,
  }) => {
    await database.query('ALTER TABLE call_counts RENAME TO call_counts_away');
    try {
      for (const [, { call }] of both) {
        await refused(lab, call(lab, 'counted'), [503, 'limiter_unavailable', /counted/]);
        expect((await call(lab, 'open')).status).toBeLessThan(300);
      }
    } finally {
      await database.query('ALTER TABLE call_counts_away RENAME TO call_counts');
    }
    for (const [, { call }] of both) expect((await call(lab, 'counted')).status).toBeLessThan(300);
  });

  test('internal_error: no row, no success, and no word of why', async ({ lab, database }) => {
    const queued = async () => {
      const { rows } = await database.query("SELECT count(*)::int FROM tasks WHERE status = 'queued'");
      return rows[0].count;
    };
    const before = await queued();
    await database.query('ALTER TABLE calls RENAME TO calls_away');
    try {
      for (const [, { call }] of both) {
        const { status, body } = await call(lab, 'open');
        expect([status, body.error.code]).toEqual([500, 'internal_error']);
        expect(JSON.stringify(body)).not.toMatch(/relation|calls_away|SQL/);
      }
    } finally {
      await database.query('ALTER TABLE calls_away RENAME TO calls');
    }
    expect(await queued()).toBe(before);
    for (const [, { call }] of both) expect((await call(lab, 'open')).status).toBeLessThan(300);
  });

  test('overloaded: the log cannot keep up, so calls are refused before they reach a machine', async ({
    lab,
    database,
  }) => {
    const { call } = forms.models as Form;
    // Rows keep all of it.
    const params = { image: 'x'.repeat(250_000) };
    await database.query('BEGIN');
    await database.query('LOCK TABLE calls IN EXCLUSIVE MODE');
    const waiting: Promise<Answer>[] = [];
    const refusal = await until('a call is refused', async () => {
      const batch = Array.from({ length: 60 }, () => call(lab, 'open', { params }));
      waiting.push(...batch);
      return Promise.race([
        ...batch.map((each) => each.then((answer) => answer.status === 503 && answer)),
        new Promise<false>((resolve) => setTimeout(resolve, 2000, false)),
      ]);
    });
    await database.query('ROLLBACK');
    expect(refusal.body).toEqual({
      status: 'error',
      error: { code: 'overloaded', message: expect.any(String) },
    });
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
    const answers = await Promise.all(waiting);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
    const served = answers.filter(({ status }) => status === 200);
    for (const { headers } of served)
      expect(await lab.session.get(`calls/${headers.get('arno-call-id')}`)).toMatchObject({ outcome: 'ok' });
  });
});
