import { expect, test } from 'vitest';
import { BadAnswerError } from './answer-head.ts';
import { AnswerParser } from './answer-parser.ts';

const defaultIdleMs = 1_500;

/** What a parser tells of the bytes of one answer, given in parts of so many bytes. */
function parse(bytes: string, partSize = bytes.length) {
  const parser = new AnswerParser(new Set(['content-type', 'retry-after']), defaultIdleMs);
  const told = { heads: [] as unknown[], body: '', idleMs: undefined as number | undefined };
  parser.begin({
    onHead: (status, headers) => void told.heads.push([status, { ...headers }]),
    onData: (chunk) => {
      told.body += chunk.toString('latin1');
    },
    onEnd: (idleMs) => {
      told.idleMs = idleMs;
    },
  });
  const all = Buffer.from(bytes, 'latin1');
  for (let at = 0; at < all.length; at += partSize) parser.read(all.subarray(at, at + partSize));
  return { ...told, parser, isOver: () => told.idleMs !== undefined };
}

const answer = (headers: string[], body = '', line = 'HTTP/1.1 200 OK') =>
  `${[line, ...headers].join('\r\n')}\r\n\r\n${body}`;

const chunked = 'transfer-encoding: chunked';

test.each<[string, string, string, number]>([
  ['a length', answer(['Content-Length: 2'], '{}'), '{}', defaultIdleMs],
  ['a length of nothing', answer(['content-length:0']), '', defaultIdleMs],
  [
    'chunks',
    answer([chunked], '2\r\nab\r\n00a;x="y"\r\n0123456789\r\n0\r\n\r\n'),
    'ab0123456789',
    defaultIdleMs,
  ],
  [
    'chunks and trailers',
    answer(['Transfer-Encoding: Chunked'], '1\r\na\r\n0\r\nx-sum: 5\r\n\r\n'),
    'a',
    defaultIdleMs,
  ],
  ['no content', answer([], '', 'HTTP/1.1 204'), '', defaultIdleMs],
  ['no content that was announced', answer(['content-length: 5'], '', 'HTTP/1.1 204'), '', 0],
  [
    'HTTP/1.0 that keeps and closes',
    answer(['content-length: 0', 'connection: keep-alive, close'], '', 'HTTP/1.0 200'),
    '',
    0,
  ],
  ['a server that closes', answer(['content-length: 2', 'connection: x, Close'], '{}'), '{}', 0],
  [
    'a server that says how long it keeps',
    answer(['content-length: 2', 'keep-alive: timeout=5, max=9'], '{}'),
    '{}',
    4_000,
  ],
  ['a server that keeps for a second', answer(['content-length: 2', 'keep-alive: timeout=1'], '{}'), '{}', 0],
  ['HTTP/1.0', answer(['content-length: 2'], '{}', 'HTTP/1.0 200 OK'), '{}', 0],
  [
    'HTTP/1.0 that keeps',
    answer(['content-length: 2', 'connection: keep-alive'], '{}', 'HTTP/1.0 200 OK'),
    '{}',
    defaultIdleMs,
  ],
])(
  '%s: the body, and how long the connection is kept, in whatever parts it comes',
  (_name, bytes, body, idleMs) => {
    for (const partSize of [bytes.length, 1, 2, 3, 7]) {
      const told = parse(bytes, partSize);
      expect([told.body, told.idleMs]).toEqual([body, idleMs]);
    }
  },
);

test('a body without a length goes on until the connection is closed', () => {
  const told = parse(answer(['content-type: text/plain'], 'abc'));
  expect([told.body, told.isOver()]).toEqual(['abc', false]);
  expect(told.parser.end()).toBe(true);
  expect(parse(answer(['content-length: 9'], 'abc')).parser.end()).toBe(false);
  expect(parse('HTTP/1.1 200 OK\r\n').parser.end()).toBe(false);
});

test('the head: wanted headers only, by names in lower case, without padding, repeated ones together', () => {
  const { heads } = parse(
    answer([
      'Content-Type: \t text/plain; x="a: b" ',
      'x-a: 1',
      'RETRY-AFTER: 1',
      'retry-after: 2',
      'content-length: 0',
      'x-empty:',
    ]),
  );
  expect(heads).toEqual([[200, { 'content-type': 'text/plain; x="a: b"', 'retry-after': '1, 2' }]]);
});

test('interim answers come before the answer', () => {
  const { heads, body } = parse(
    `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100\r\n\r\n${answer(['content-length: 1'], 'x')}`,
  );
  expect([heads, body]).toEqual([
    [
      [103, {}],
      [100, {}],
      [200, {}],
    ],
    'x',
  ]);
});

test('the answers of one connection are each told as they came, with the head of the one before or another', () => {
  const parser = new AnswerParser(new Set(['retry-after']), defaultIdleMs);
  const told: unknown[] = [];
  const plain = answer(['content-length: 1', 'retry-after: 1'], 'a');
  const others = [
    answer(['content-length: 1', 'retry-after: 2'], 'b'),
    answer(['content-length: 2', 'retry-after: 2'], 'cd', 'HTTP/1.1 503 no'),
    answer([chunked, 'connection: close'], '1\r\ne\r\n0\r\n\r\n'),
  ];
  for (const bytes of [plain, plain, ...others, plain]) {
    parser.begin({
      onHead: (status, headers) => told.push([status, { ...headers }]),
      onData: (chunk) => told.push(chunk.toString()),
      onEnd: (idleMs) => told.push(idleMs),
    });
    parser.read(Buffer.from(bytes));
  }
  const first = [[200, { 'retry-after': '1' }], 'a', defaultIdleMs];
  expect(told).toEqual([
    ...[...first, ...first],
    ...[[200, { 'retry-after': '2' }], 'b', defaultIdleMs],
    ...[[503, { 'retry-after': '2' }], 'cd', defaultIdleMs],
    ...[[200, {}], 'e', 0],
    ...first,
  ]);
});

test.each<[string, string]>([
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['another version', answer(['content-length: 0'], '', 'HTTP/2 200 OK')],
  ['no status', answer([], '', 'HTTP/1.1 OK')],
  ['a status of two digits', answer([], '', 'HTTP/1.1 20 OK')],
  ['a beginning whose line ends with LF', 'HTTP/1.1 200 OK\ncontent-length: 1\n\nA'],
  ['a beginning without a status', 'HTTP/1.1 abc\r\n'],
  ['trailers that do not end', answer([chunked], `0\r\n${'x: y\r\n'.repeat(5_000)}`)],
  ['interim answers that do not end', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(20)],
  ['lines that end with LF', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n\r\n\r\n'],
  ['an upgrade', answer(['upgrade: x'], '', 'HTTP/1.1 101 Switching Protocols')],
  ['a folded header', answer(['x-a: 1', ' 2', 'content-length: 0'])],
  ['a space before the colon', answer(['content-length : 0'])],
  ['a header without a colon', answer(['x-a', 'x-b: 1'])],
  ['a control character in a value', answer(['content-length: \x0b0'])],
  ['NUL in a value', answer(['x-a: \0'])],
  ['LF in a value', answer(['x-a: 1\ncontent-length: 0'])],
  ['a head that does not end', `HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(20_000)}`],
  ['two lengths', answer(['content-length: 1', 'content-length: 1'], 'x')],
  ['a signed length', answer(['content-length: +1'], 'x')],
  ['a length in hex', answer(['content-length: 0x1'], 'x')],
  ['a length that no number holds', answer(['content-length: 99999999999999999999'])],
  ['a length and chunks', answer(['content-length: 1', chunked], '0\r\n\r\n')],
  ['another coding', answer(['transfer-encoding: gzip, chunked'])],
  ['chunks in HTTP/1.0', answer([chunked], '0\r\n\r\n', 'HTTP/1.0 200 OK')],
  ['a chunk without a size', answer([chunked], ';x\r\n')],
  ['a negative chunk', answer([chunked], '-1\r\n')],
  ['a chunk of a size that no number holds', answer([chunked], 'fffffffffffffffff\r\n')],
  ['a chunk that is longer than it says', answer([chunked], '1\r\nabc')],
  ['a chunk line that ends with LF', answer([chunked], '1\na\r\n')],
  ['a chunk line that does not end', answer([chunked], `1;${'x'.repeat(2_000)}`)],
])('%s is refused, in whatever parts it comes', (_name, bytes) => {
  expect(() => parse(bytes)).toThrow(BadAnswerError);
  expect(() => parse(bytes, 1)).toThrow(BadAnswerError);
});

test('what follows an answer in the same part is not taken for another: the connection is not used again', () => {
  for (const first of [
    answer(['content-length: 2'], '{}'),
    answer(['content-length: 0']),
    answer([chunked], '0\r\n\r\n'),
  ]) {
    const parser = new AnswerParser(new Set(), defaultIdleMs);
    const kept: number[] = [];
    parser.begin({ onHead: () => {}, onData: () => {}, onEnd: (idleMs) => kept.push(idleMs) });
    expect(() => parser.read(Buffer.from(first + answer(['content-length: 6'], 'poison')))).toThrow(
      BadAnswerError,
    );
    expect(kept).toEqual([0]);
  }
});

test('bytes that nobody asked for are refused', () => {
  expect(() => new AnswerParser(new Set(), 1).read(Buffer.from('x'))).toThrow(BadAnswerError);
});

test('a listener that has had enough is told nothing more', () => {
  const parser = new AnswerParser(new Set(), defaultIdleMs);
  const told: string[] = [];
  parser.begin({
    onHead: () => {
      told.push('head');
      parser.stop();
    },
    onData: () => told.push('data'),
    onEnd: () => told.push('end'),
  });
  parser.read(Buffer.from(answer(['content-length: 2'], '{}')));
  expect(told).toEqual(['head']);
});
