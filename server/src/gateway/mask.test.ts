import { expect, test } from 'vitest';
import { excerpt, hideTokens, maxReadBytes } from './mask.ts';

const token = 'arno_Ab3-_xyz';
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';

function kept(text: string, contentType: string | undefined = 'application/json', tokens: string[] = []) {
  const bytes = Buffer.from(text);
  return excerpt({ bytes, size: bytes.length, contentType }, tokens);
}

test.each([
  ['{"access_token": "abc", "a": 1}', '{"access_token":"***","a":1}'],
  ['{"user":{"Password":"p\\"q","name":"n"}}', '{"user":{"Password":"***","name":"n"}}'],
  ['{"client_secret": {"a": [1, "b"]}, "x": 2}', '{"client_secret":"***","x":2}'],
  [
    '{"apiKey":12345,"api_key":null,"Authorization":"Bearer x"}',
    '{"apiKey":"***","api_key":"***","Authorization":"***"}',
  ],
  ['{"access\\u005ftoken":"abc"}', '{"access_token":"***"}'],
  ['{"max_tokens": 100, "tokenizer": "bpe"}', '{"max_tokens":100,"tokenizer":"bpe"}'],
  ['["token", "password"]', '["token","password"]'],
  [
    '{"params":"{\\"password\\":\\"hunter2\\",\\"a\\":1}"}',
    '{"params":"{\\"password\\":\\"***\\",\\"a\\":1}"}',
  ],
  [
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ secret: 'hunter2' }) }) }),
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ secret: '***' }) }) }),
  ],
  ['{"text":"access_token=hunter2"}', '{"text":"***"}'],
  [`{"text":"{'password': 'hunter2'}"}`, '{"text":"***"}'],
  ['{"text":"{\\"password\\" \\"hunter2\\"}"}', '{"text":"***"}'],
  ['{"text":"a word about tokens"}', '{"text":"a word about tokens"}'],
  ['{"__proto__":{"password":"p"}}', '{"__proto__":{"password":"***"}}'],
])('%s', (text, masked) => {
  expect(kept(text)).toBe(masked);
});

test.each([
  `{'access_token': '${token}'}`,
  `{access_token: ${token}}`,
  `{"access_token" "${token}"}`,
  `{"access_token": "${token}"`,
  `access_token=${token}`,
  `{"a": "${jwt}"} trailing`,
  `${'['.repeat(50_000)}"${token}"${']'.repeat(50_000)}`,
])('of a body that is not readable JSON only the size is kept: %.40s', (text) => {
  expect(kept(text)).toBe(`(${Buffer.byteLength(text)} bytes of application/json)`);
  expect(kept(text, 'text/plain')).toBe(`(${Buffer.byteLength(text)} bytes of text/plain)`);
});

test('a token is blanked wherever it stands', () => {
  const presented = 'opaque-0123456789';
  const text = JSON.stringify({ [token]: 1, list: [`x ${token} y`, jwt, presented], inner: `"${token}"` });
  const masked = kept(text, undefined, [presented]);
  for (const secret of [token, jwt, presented]) expect(masked).not.toContain(secret);
  expect(masked).toContain('"x *** y"');
  expect(kept(`"\\u0061${token.slice(1)}"`)).toBe('"***"');
  expect(kept('not JSON', `text/${token}`)).not.toContain(token.slice(5).toLowerCase());
  expect(hideTokens(`no task ${token}`)).toBe('no task ***');
});

test('a body is cut at 16,000 characters, whole characters only', () => {
  expect(kept(`"${'é'.repeat(20_000)}"`)).toBe(`"${'é'.repeat(15_999)}`);
  expect(kept(`"${'x'.repeat(maxReadBytes)}"`)).toBe(`(${maxReadBytes + 2} bytes of application/json)`);
});

test('of an answer whose end is missing only the size is kept', () => {
  expect(excerpt({ bytes: Buffer.from('12'), size: 4, contentType: 'application/json' })).toBe(
    '(4 bytes of application/json)',
  );
});

test('what PostgreSQL cannot store is left out', () => {
  expect(kept('"a\\u0000b\\ud800"')).not.toMatch(/[\0\uD800-\uDFFF]/);
  expect(kept('{}', 'x/\0')).toBe('{}');
});

test('bytes are described', () => {
  expect(kept('PNG......', 'image/png')).toBe('(9 bytes of image/png)');
  expect(kept('PNG', '')).toBe('(3 bytes of an unknown type)');
  expect(kept('')).toBe('');
});
