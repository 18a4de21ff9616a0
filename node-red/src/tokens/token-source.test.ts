import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { json, startWeb } from '../test/web.ts';
import { clientCredentials, discovered, fileGrant, passwordGrant, refreshGrant } from './grants.ts';
import { fixedToken, RenewedTokens } from './token-source.ts';

const signal = new AbortController().signal;

/** Tokens that are named by their number and live for 100 s. */
function counted() {
  let count = 0;
  const ask = vi.fn(async () => ({ access_token: `token-${++count}`, expires_in: 100 }));
  const tokens = new RenewedTokens(ask);
  onTestFinished(() => tokens.close());
  return { ask, tokens };
}

describe('renewed tokens', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('are asked for once for all that wait', async () => {
    const { ask, tokens } = counted();
    const all = await Promise.all(Array.from({ length: 5 }, () => tokens.token(signal)));
    expect(new Set(all)).toEqual(new Set(['token-1']));
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test('are renewed ahead of their end, also while nobody calls', async () => {
    const { ask, tokens } = counted();
    await tokens.token(signal);
    await vi.advanceTimersByTimeAsync(74_000);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(ask).toHaveBeenCalledTimes(2);
    expect(await tokens.token(signal)).toBe('token-2');
  });

  test('serve while their successor cannot be had, and not after their end', async () => {
    const { ask, tokens } = counted();
    await tokens.token(signal);
    ask.mockRejectedValue(new Error('the issuer is away'));
    await vi.advanceTimersByTimeAsync(90_000);
    expect(await tokens.token(signal)).toBe('token-1');
    await vi.advanceTimersByTimeAsync(9_000);
    await expect(tokens.token(signal)).rejects.toThrow('the issuer is away');
  });

  test('are asked for anew when one was refused', async () => {
    const { tokens } = counted();
    const first = await tokens.token(signal);
    expect(tokens.refused(first)).toBe(true);
    expect(await tokens.token(signal)).toBe('token-2');
    // A second call that still had the first one does no harm.
    tokens.refused(first);
    expect(await tokens.token(signal)).toBe('token-2');
  });

  test('keep nobody waiting who gave up', async () => {
    const tokens = new RenewedTokens(() => new Promise(() => {}));
    const giveUp = new AbortController();
    const waiting = tokens.token(giveUp.signal);
    giveUp.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
  });
});

test('a fixed token that is refused stays refused', async () => {
  expect(await fixedToken('a').token(signal)).toBe('a');
  expect(fixedToken('a').refused('a')).toBe(false);
  await expect(fixedToken('').token(signal)).rejects.toThrow('there is no access token');
});

describe('logins', () => {
  /** An issuer that notes the forms that it gets. */
  async function issuer(answer: (form: Record<string, string>) => [unknown, number?]) {
    const forms: Record<string, string>[] = [];
    const web = await startWeb(({ path, body }, response) => {
      if (path.endsWith('openid-configuration'))
        return json(response, { token_endpoint: `${web.url}/token` });
      forms.push(Object.fromEntries(new URLSearchParams(body.toString())));
      return json(response, ...answer(forms.at(-1) ?? {}));
    });
    const dispatcher = new Agent();
    const client = { endpoint: discovered(`${web.url}/realm/`, dispatcher), clientId: 'flows', dispatcher };
    return { client, forms, received: web.received };
  }

  test('client credentials, at the endpoint that the issuer names', async () => {
    const { client, forms, received } = await issuer(() => [{ access_token: 'a' }]);
    const ask = clientCredentials({ ...client, clientSecret: 'secret' }, 'calls');
    expect([await ask(signal), await ask(signal)]).toEqual([{ access_token: 'a' }, { access_token: 'a' }]);
    const form = {
      grant_type: 'client_credentials',
      scope: 'calls',
      client_id: 'flows',
      client_secret: 'secret',
    };
    expect(forms).toEqual([form, form]);
    expect(received.map(({ path }) => path)).toEqual([
      '/realm/.well-known/openid-configuration',
      '/token',
      '/token',
    ]);
  });

  test('a password, then the refresh token, then the password again when that one ended', async () => {
    let isOver = false;
    const { client, forms } = await issuer(({ grant_type }) =>
      isOver && grant_type === 'refresh_token'
        ? [{ error: 'invalid_grant' }, 400]
        : [{ access_token: 'a', refresh_token: 'r' }],
    );
    const ask = passwordGrant(client, 'mia', 'secret');
    await ask(signal);
    await ask(signal);
    isOver = true;
    await ask(signal);
    const kinds = forms.map(({ grant_type }) => grant_type);
    expect(kinds).toEqual(['password', 'refresh_token', 'refresh_token', 'password']);
  });

  test('a refresh token, and each time the next one, also for another node with the first', async () => {
    let count = 0;
    const { client, forms } = await issuer(() => [{ access_token: 'a', refresh_token: `next-${++count}` }]);
    const saved: string[] = [];
    await refreshGrant(client, 'first', (token) => saved.push(token))(signal);
    await refreshGrant(client, 'first', (token) => saved.push(token))(signal);
    expect(forms.map(({ refresh_token }) => refresh_token)).toEqual(['first', 'next-1']);
    expect(saved).toEqual(['next-1', 'next-2']);
  });

  test('the file of a container, which is read and written each time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'arno-tokens-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'refresh_token');
    const { client, forms } = await issuer(({ refresh_token }) => [
      { access_token: 'a', refresh_token: `${refresh_token}+` },
    ]);
    const ask = fileGrant(client, file);
    await expect(ask(signal)).rejects.toThrow(/no access token.*refresh_token/);
    await writeFile(file, 'mine\n');
    await ask(signal);
    await ask(signal);
    expect(forms.map(({ refresh_token }) => refresh_token)).toEqual(['mine', 'mine+']);
    expect(await readFile(file, 'utf8')).toBe('mine++');
  });

  test('a refusal says why, and no secret', async () => {
    const { client } = await issuer(() => [
      { error: 'invalid_grant', error_description: 'Account disabled' },
      401,
    ]);
    const ask = passwordGrant(client, 'mia', 'very-secret');
    await expect(ask(signal)).rejects.toThrow(/^the login at 127\.0\.0\.1:\d+ failed: 401 Account disabled$/);
  });
});
