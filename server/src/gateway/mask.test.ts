import { expect, test } from 'vitest';
import { excerpt, maskSecrets } from './mask.ts';

test.each([
  ['{"access_token": "abc", "a": 1}', '{"access_token": "***", "a": 1}'],
  ['{"user":{"Password":"p\\"q","name":"n"}}', '{"user":{"Password":"***","name":"n"}}'],
  ['{"client_secret": {"a": [1, "b"]}, "x": 2}', '{"client_secret": "***", "x": 2}'],
  [
    '{"apiKey":12345,"api_key":null,"Authorization":"Bearer x"}',
    '{"apiKey":"***","api_key":"***","Authorization":"***"}',
  ],
  ['{"token": "cut off in the mid', '{"token": "***"'],
  ['{"secret": {"deep": "cut', '{"secret": "***"'],
  ['{"max_tokens": 100, "tokenizer": "bpe"}', '{"max_tokens": 100, "tokenizer": "bpe"}'],
  ['{"text": "my password: \\"token\\": 5"}', '{"text": "my password: \\"token\\": 5"}'],
  ['["token", "password"]', '["token", "password"]'],
  ['plain text, no JSON: }]', 'plain text, no JSON: }]'],
  ['', ''],
])('%s', (text, masked) => {
  expect(maskSecrets(text)).toBe(masked);
});

test('a body is cut at 16,000 characters, whole characters only', () => {
  const kept = excerpt(Buffer.from('é'.repeat(20_000)), 'text/plain; charset=utf-8');
  expect(kept).toBe('é'.repeat(16_000));
});

test('what PostgreSQL cannot store is left out', () => {
  expect(excerpt(Buffer.from('a\0b'), 'application/json')).toBe('ab');
});

test('bytes are described', () => {
  expect(excerpt(Buffer.alloc(9), 'image/png')).toBe('(9 bytes of image/png)');
});
