import { type Arno, adminOf } from './arno.ts';
import type { Data } from './clearml.ts';

/** The console's JSON API as the logged-in admin. */
export interface Session {
  get(path: string): Promise<Data>;
  send(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Data>;
}

export async function logIn(arno: Arno): Promise<Session> {
  const answer = await fetch(`${arno.web}/console/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(await adminOf(arno)),
  });
  if (!answer.ok) throw new Error(`login: ${answer.status} ${await answer.text()}`);
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');

  async function call(method: string, path: string, body?: object): Promise<Data> {
    const response = await fetch(`${arno.web}/console/v1/${path}`, {
      method,
      headers: {
        cookie,
        'sec-fetch-site': 'same-origin',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
  return { get: (path) => call('GET', path), send: call };
}
