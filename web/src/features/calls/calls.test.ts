import type { Call, CallDetail, CallStatus } from '@arno/protocol';
import { describe, expect, test } from 'vitest';
import { withCall } from './callList.ts';
import { RowCounter } from './rowCounter.ts';
import { filterQuery, isFiltered, readCallsSearch } from './search.ts';
import { curlOf, storedInput, storedRequest } from './storedRequest.ts';
import { answerPhases, formatTook, taskPhases, tookOf } from './timeline.ts';

function call(facts: Partial<CallDetail> = {}): CallDetail {
  return {
    ...{
      id: 'a',
      kind: 'enqueue',
      created_at: '2026-05-04T08:00:00.000Z',
      outcome: 'ok',
      status: 'completed',
    },
    ...{ http_status: 200, duration_ms: 10, bytes_in: 10, bytes_out: 10, phases: {} },
    ...facts,
  };
}

describe('the address of a list of calls', () => {
  test('keeps what makes sense and drops the rest', () => {
    const search = {
      status: 'failed',
      http: '404',
      caller: 'key:1',
      period: 'day',
      mapping: 'm',
      colour: 'red',
    };
    expect(readCallsSearch(search)).toEqual({
      ...{ status: ['failed'], http: 404, caller: 'key:1', period: 'day', mapping: 'm' },
    });
    expect(readCallsSearch({ status: 'odd', http: 'x', caller: 'me', period: 'age' })).toEqual({});
  });

  test('says what the server is asked for', () => {
    const status: CallStatus[] = ['failed', 'lost'];
    const search = { status, http: 404, caller: 'key:a:b', from: '2026-05-04T08:00:00.000Z', before: '1-x' };
    expect(JSON.parse(JSON.stringify(filterQuery('ondemand', search)))).toEqual({
      ...{
        kind: 'ondemand',
        status: 'failed,lost',
        http_status: '404',
        key_id: 'a:b',
        from: '2026-05-04T08:00:00.000Z',
      },
    });
  });

  test('an older page of everything is not filtered', () => {
    expect(isFiltered({ before: '1-x' })).toBe(false);
    expect(isFiltered({ q: 'x' })).toBe(true);
  });
});

describe('a list that is told of a call', () => {
  const at = (second: number, id: string, facts: Partial<Call> = {}): Call =>
    call({ id, created_at: `2026-05-04T08:00:0${second}.000Z`, ...facts });
  const list = [at(5, 'e'), at(3, 'c')];
  const ids = (calls: Call[]) => calls.map(({ id }) => id).join('');

  test('puts it in its place', () => {
    expect(ids(withCall(list, at(6, 'f'), {}, false))).toBe('fec');
    expect(ids(withCall(list, at(5, 'd'), {}, false))).toBe('edc');
    expect(ids(withCall(list, at(5, 'z'), {}, false))).toBe('zec');
  });

  test('leaves older ones to the older pages, when there are any', () => {
    expect(ids(withCall(list, at(1, 'a'), {}, false))).toBe('ec');
    expect(ids(withCall(list, at(1, 'a'), {}, true))).toBe('eca');
  });

  test('changes a known one where it stands, also when the filter would hide it', () => {
    const after = withCall(list, at(3, 'c', { status: 'running' }), { status: ['completed'] }, false);
    expect(after.map(({ status }) => status)).toEqual(['completed', 'running']);
    expect(withCall(list, at(9, 'x', { status: 'running' }), { status: ['completed'] }, false)).toBe(list);
    expect(withCall(list, at(9, 'x'), { outcome: 'accepted' }, false)).toBe(list);
  });
});

describe('the request of a call', () => {
  const publicId = 'ab'.repeat(32);
  const request = (facts: Partial<CallDetail>) => storedRequest(call(facts));

  test('in the modern form stays as it came, but for its callback', () => {
    const text = '{"params": {"n": 12345678901234567890}}';
    expect(request({ request: text })).toEqual({ body: text });
    expect(request({ request: '{"params":{"a":1},"callback_url":"http://x"}' }).body).toBe(
      '{"params":{"a":1}}',
    );
    expect(request({ kind: 'ondemand', request: '[[1,2]]' })).toEqual({ body: '[[1,2]]' });
    expect(request({ bytes_in: 0 })).toEqual({ body: '{}' });
  });

  test('in the legacy form becomes the modern one', () => {
    const enqueue = { access_token: '***', task_id: publicId, queue: 'gpu', params: '{"a": 1}' };
    expect(request({ request: JSON.stringify(enqueue) })).toEqual({
      body: '{"params":{"a":1},"queue":"gpu"}',
    });
    const ondemand = { machine_id: publicId.toUpperCase(), endpoint: 'digits', input: { pixels: [1] } };
    const facts = { kind: 'ondemand', public_id: publicId, endpoint: 'digits' } as const;
    expect(request({ ...facts, request: JSON.stringify(ondemand) })).toEqual({ body: '{"pixels":[1]}' });
    expect(request({ ...facts, request: '{"endpoint":"digits"}' })).toEqual({
      body: '{"endpoint":"digits"}',
    });
  });

  test('cannot be sent again when the log does not have all of it', () => {
    expect(request({ request: '{"params":{"password":"***"}}' }).fault).toBe('masked');
    expect(request({ request: '{"params":{"text":"long' }).fault).toBe('cut');
    expect(request({ kind: 'ondemand', request: '(3 bytes of image/png)' }).fault).toBe('notJson');
    expect(request({ kind: 'ondemand' }).fault).toBe('missing');
  });

  test('fills a form as far as the log has it', () => {
    const masked = '{"params":{"key":"***","n":1},"queue":"gpu"}';
    expect(storedInput(call({ request: masked }))).toEqual({ input: { key: '***', n: 1 }, queue: 'gpu' });
    expect(storedInput(call({ kind: 'ondemand', request: '[[1]]' }))).toEqual({ input: [[1]] });
    expect(storedInput(call({ request: '{"params":{"te' }))).toBeUndefined();
  });

  test('is a command for a shell, whatever it holds', () => {
    const text = curlOf(call({ request: `{"params":{"a":"it's $HOME"}}` }), 'http://arno', 'my-task');
    expect(text).toContain('http://arno/gateway/v1/tasks/my-task/calls');
    expect(text).toContain(`-d '{"params":{"a":"it'\\''s $HOME"}}'`);
  });
});

describe('the phases of a call', () => {
  test('follow one another, and what none of them counts is the rest', () => {
    expect(answerPhases({ phases: { lookup: 2, wait: 3 }, duration_ms: 10 })).toEqual([
      { name: 'lookup', from: 0, took: 2 },
      { name: 'wait', from: 2, took: 3 },
      { name: 'rest', from: 5, took: 5 },
    ]);
    expect(answerPhases({ phases: { wait: 9.95 }, duration_ms: 10 })).toHaveLength(1);
    expect(answerPhases({ phases: {}, duration_ms: 10 })).toEqual([]);
  });

  test('add up to what its list shows: until the answer, or until the end of the task', () => {
    const ended_at = '2026-05-04T08:00:03.000Z';
    expect(tookOf(call({ kind: 'ondemand', ended_at }))).toBe(10);
    expect(tookOf(call({ ended_at, status: 'completed' }))).toBe(3000);
    expect(tookOf(call({ status: 'running' }))).toBeUndefined();
    expect(tookOf(call({ status: 'failed' }))).toBe(10);
  });

  test('of its task: queued, then running, until it ends', () => {
    const started_at = '2026-05-04T08:00:02.000Z';
    const now = Date.parse('2026-05-04T08:00:05.000Z');
    const phases = (facts: Partial<CallDetail>) =>
      taskPhases(call({ clone_id: 'c', ...facts }), now).map(({ name, took, isOpen }) => [
        name,
        took,
        isOpen,
      ]);
    expect(phases({ status: 'queued' })).toEqual([
      ['accepted', 10, undefined],
      ['queued', 4990, true],
    ]);
    expect(phases({ started_at })).toEqual([
      ['accepted', 10, undefined],
      ['queued', 1990, undefined],
      ['running', 3000, true],
    ]);
    const ended_at = '2026-05-04T08:00:04.000Z';
    expect(phases({ started_at, ended_at }).at(-1)).toEqual(['running', 2000, undefined]);
    expect(phases({ ended_at })).toEqual([
      ['accepted', 10, undefined],
      ['queued', 3990, undefined],
    ]);
    expect(taskPhases(call(), now)).toEqual([]);
  });

  test.each([
    [0.138, '0.14 ms'],
    [38.2, '38 ms'],
    [1709, '1.7 s'],
    [125_000, '2m 05s'],
  ])('are written as precisely as they compare: %d -> %s', (ms, words) => {
    expect(formatTook(ms, 'en')).toBe(words);
  });
});

describe('an exported file that comes in parts', () => {
  const count = (format: 'csv' | 'ndjson', ...parts: string[]) => {
    const counter = new RowCounter(format);
    for (const part of parts) counter.add(Buffer.from(part));
    return [counter.rows, counter.bytes];
  };

  test('is counted by its calls, whatever they hold', () => {
    expect(count('csv', 'id,error\n1,"two ', '""quoted""\nlines"\n2,', 'x\n')).toEqual([2, 38]);
    expect(count('ndjson', '{"a":"\\""}\n{"a', '":1}\n')).toEqual([2, 19]);
    expect(count('csv')).toEqual([0, 0]);
  });
});
