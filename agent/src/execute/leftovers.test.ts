import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createTestFolder } from '../../test/folder.ts';
import { sweepLeftovers, taskFolderPrefix } from './leftovers.ts';

/** Above the highest process number of any system. */
const noProcess = 2 ** 30;

test('ends and removes what a killed agent left, and nothing of others', async () => {
  const tasks = createTestFolder();
  const left = join(tasks, `a1~${hostname()}-${noProcess}~x`);
  const ofParent = `a2~${hostname()}-${process.ppid}~x`;
  const ofOtherMachine = `a3~other-${noProcess}~x`;
  for (const folder of [left, join(tasks, ofParent), join(tasks, ofOtherMachine)]) mkdirSync(folder);
  const env = { ...process.env, ARNO_RESULT_FILE: join(left, 'result.json') };
  const orphan = spawn('sleep', ['600'], { env, detached: true, stdio: 'ignore' });
  const ended = once(orphan, 'exit');
  await once(orphan, 'spawn');
  await sweepLeftovers(tasks, pino({ level: 'silent' }));
  expect(readdirSync(tasks).sort()).toEqual([ofParent, ofOtherMachine]);
  if (process.platform !== 'linux') orphan.kill('SIGKILL');
  expect((await ended)[1]).toBe('SIGKILL');
});

test('a folder of this very process number is from an earlier run of it', async () => {
  const tasks = createTestFolder();
  mkdirSync(join(tasks, `${taskFolderPrefix('a1')}x`));
  await sweepLeftovers(tasks, pino({ level: 'silent' }));
  expect(readdirSync(tasks)).toEqual([]);
});
