import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestFolder } from '../../test/folder.ts';
import { readResult } from './result.ts';

const file = join(createTestFolder(), 'result.json');

test('no file is no result', async () => {
  expect(await readResult(file)).toBeUndefined();
});

test('gives the bytes of any JSON value', async () => {
  writeFileSync(file, ' {"a": "ü"}\n');
  expect((await readResult(file))?.toString()).toBe(' {"a": "ü"}\n');
});

test('says what is wrong with another content', async () => {
  writeFileSync(file, '{a: 1}');
  await expect(readResult(file)).rejects.toThrow(/ARNO_RESULT_FILE is not JSON/);
  writeFileSync(file, Buffer.from([0x22, 0xff, 0x22]));
  await expect(readResult(file)).rejects.toThrow(/ARNO_RESULT_FILE is not JSON/);
  writeFileSync(file, `"${'x'.repeat(17 * 1024 * 1024)}"`);
  await expect(readResult(file)).rejects.toThrow(/16777216 are stored/);
});
