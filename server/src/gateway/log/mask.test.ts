import { expect, test } from 'vitest';
import { excerpt, hideSecrets, hideTokens, maxReadBytes } from './mask.ts';

const token = 'arno_Ab3-_xyz';
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';

function kept(text: string, contentType: string | undefined = 'application/json', tokens: string[] = []) {
  const bytes = Buffer.from(text);
  return excerpt({ bytes, size: bytes.length, contentType }, 16_000, tokens);
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
  `["secret ${token}",${'['.repeat(50_000)}${']'.repeat(50_000)}]`,
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
  expect(hideTokens('key arnokey_Ab3-_xyz')).toBe('key ***');
});

test('a body is cut, whole characters only', () => {
  expect(kept(`"${'é'.repeat(20_000)}"`)).toBe(`"${'é'.repeat(15_999)}`);
  expect(kept(`"${'x'.repeat(maxReadBytes)}"`)).toBe(`(${maxReadBytes + 2} bytes of application/json)`);
});

test('of an answer whose end is missing only the size is kept', () => {
  expect(excerpt({ bytes: Buffer.from('12'), size: 4, contentType: 'application/json' }, 100)).toBe(
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

test.each([
  [
    'GET https://gpu/predict?access_token=hunter2&x=1 failed',
    'GET https://gpu/predict?access_token=***&x=1 failed',
  ],
  ['?api_key=hunter2;password=hunter2', '?api_key=***;password=***'],
  ['unexpected {"client_secret": "hunter\'2", "n": 1}', 'unexpected {"client_secret": "***", "n": 1}'],
  [`{'password': 'hunter2'}`, `{'password': '***'}`],
  ['connect to http://ada:hunter2@gpu:8000/serve', 'connect to http://***@gpu:8000/serve'],
  ['header Bearer hunter2.hunter2.hunter2== was refused', 'header Bearer *** was refused'],
  [`upstream said ${jwt}`, 'upstream said ***'],
  ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic ***'],
  ['sent x-api-key: hunter2, got 401', 'sent x-api-key: ***, got 401'],
])('an error text keeps no secret: %s', (text, shown) => {
  expect(hideSecrets(text)).toBe(shown);
});

test.each([
  'the token is wrong, revoked or expired; send Authorization: Bearer with a personal token',
  'access_token must be a text',
  'access_token: must be a text',
  'max_tokens=100 is too many',
  'write to lab@example.org, see https://example.org/a@b',
])('an error text that holds none stays: %s', (text) => {
  expect(hideSecrets(text)).toBe(text);
});

test('the cut goes through no token, and no secret stands before it', () => {
  const long = `${jwt}${'x'.repeat(5000)}`;
  const text = JSON.stringify({ text: `${'y'.repeat(15_980)}${long}`, password: 'hunter2' });
  expect(kept(text)).toBe(`{"text":"${'y'.repeat(15_980)}***","password":"***"}`.slice(0, 16_000));
  const early = JSON.stringify({ password: 'hunter2', rows: Array.from({ length: 10_000 }, (_, n) => n) });
  expect(kept(early)).toMatch(/^\{"password":"\*\*\*","rows":\[0,1,2,/);
});
