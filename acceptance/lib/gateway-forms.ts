import { expect } from 'vitest';
import type { Data } from './clearml.ts';
import type { ErrorLab } from './error-lab.ts';
import { bearer, post, publicId } from './gateway.ts';

export type Headers = Record<string, string>;
export interface Answer {
  status: number | undefined;
  headers: Pick<globalThis.Headers, 'get'>;
  body: Data;
}

/** One service in one wire form. */
export interface Form {
  kind: 'enqueue' | 'ondemand';
  /** Calls what is published under an alias. Fields beside the parameters go into the body as they are. */
  call(lab: ErrorLab, alias: string, fields?: object, headers?: Headers): Promise<Answer>;
}

export const legacyForms: Record<string, Form> = {
  enqueue_task: {
    kind: 'enqueue',
    call: ({ arno, tasks }, alias, fields = {}, headers = bearer(arno)) => {
      const task_id = tasks[alias]?.public_id ?? publicId(alias);
      return post(`${arno.web}/clearml/serve/enqueue_task`, { task_id, ...fields }, headers);
    },
  },
  ondemand: {
    kind: 'ondemand',
    call: ({ arno, models }, alias, fields = {}, headers = bearer(arno)) => {
      const machine_id = models[alias]?.public_id ?? publicId(alias);
      return post(`${arno.web}/serve/ondemand`, { machine_id, endpoint: 'predict', ...fields }, headers);
    },
  },
};
const modernForms: Record<string, Form> = {
  tasks: {
    kind: 'enqueue',
    call: ({ arno }, alias, fields = {}, headers = bearer(arno)) =>
      post(`${arno.web}/gateway/v1/tasks/${alias}/calls`, fields, headers),
  },
  models: {
    kind: 'ondemand',
    call: ({ arno }, alias, fields: { params?: object } = {}, headers = bearer(arno)) =>
      post(`${arno.web}/gateway/v1/models/${alias}/calls`, fields.params ?? fields, headers),
  },
};
export const forms = { ...legacyForms, ...modernForms };
export const both = Object.entries(forms);
export const onDemand = both.filter(([, { kind }]) => kind === 'ondemand');
export const enqueue = both.filter(([, { kind }]) => kind === 'enqueue');

/** Sends a call that must fail, checks answer and log row alike, and answers both. */
export async function refused(
  lab: ErrorLab,
  call: Promise<Answer>,
  [status, code, words]: [number, string, RegExp],
) {
  const { body, headers, ...answer } = await call;
  expect([answer.status, body.error?.code]).toEqual([status, code]);
  expect(body).toEqual({
    status: 'error',
    error: {
      code,
      message: expect.stringMatching(words),
      ...(body.error.faults && { faults: body.error.faults }),
    },
    call_id: expect.any(String),
  });
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(headers.get('arno-call-id')).toBe(body.call_id);
  if (status === 401) expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
  if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  const row = await lab.session.get(`calls/${body.call_id}`);
  expect(row).toMatchObject({ status: 'failed', outcome: 'failed', http_status: status, error_code: code });
  expect(JSON.stringify(row)).not.toContain(lab.arno.token);
  return { body, headers, row };
}
