import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createHome, type Home, launch, removeHome } from './lib/arno.ts';
import { untilGone } from './lib/process.ts';

async function testHome(): Promise<Home> {
  const home = await createHome();
  onTestFinished(async () => {
    await removeHome(home);
  });
  return home;
}

/** Starts Arno, which must end by itself with exit code 1 and one line that says why. */
async function refusal(home: Home, label: string, env: NodeJS.ProcessEnv): Promise<string> {
  const program = launch(home, { label: `startup-${label}`, env });
  const code = await program.ended;
  const faults = program
    .output()
    .split('\n')
    .filter((line) => /^(arno|error)\b.*/i.test(line));
  expect([code, faults.length]).toEqual([1, 1]);
  expect(program.output()).not.toMatch(/\n\s+at /);
  await untilGone(home.folder);
  return faults[0] ?? '';
}

test('a port in use', async () => {
  const home = await testHome();
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void holder.close());
  const address = holder.address();
  const port = address !== null && typeof address === 'object' ? `${address.port}` : '';
  for (const setting of ['ARNO_WEB_PORT', 'ARNO_API_PORT', 'ARNO_FILES_PORT', 'ARNO_SERVING_PORT']) {
    const line = await refusal(home, 'port', { [setting]: port });
    expect(line).toContain(port);
    expect(line).toContain(setting);
  }
});

test('a data directory that cannot be written', async () => {
  const home = await testHome();
  // A file where the directory should be: a missing permission would not stop root, who runs the tests in containers.
  await writeFile(join(home.folder, 'file'), '');
  const path = join(home.folder, 'file', 'data');
  expect(await refusal(home, 'data', { ARNO_DATA: path })).toContain(path);
});

test('a data directory of a newer PostgreSQL', async () => {
  const home = await testHome();
  const newer = join(home.data, 'postgres');
  await mkdir(newer, { recursive: true });
  await writeFile(join(newer, 'PG_VERSION'), '99\n');
  expect(await refusal(home, 'newer', {})).toContain('99');
});

test('a DATABASE_URL that does not answer', async () => {
  const home = await testHome();
  const line = await refusal(home, 'database', { DATABASE_URL: 'postgres://arno:secret@127.0.0.1:1/arno' });
  expect(line).toContain('127.0.0.1:1');
  expect(line).not.toContain('secret');
});

test('a setting that does not exist, and a value without meaning', async () => {
  const home = await testHome();
  expect(await refusal(home, 'unknown', { ARNO_WEBPORT: '8080' })).toContain('ARNO_WEBPORT');
  expect(await refusal(home, 'value', { ARNO_WEB_PORT: 'eighty' })).toContain('ARNO_WEB_PORT');
});
