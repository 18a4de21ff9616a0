import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestFolder } from '../../test/folder.ts';
import { createTestJob } from '../../test/job.ts';
import { createTestRepository } from '../../test/repository.ts';
import type { TaskDescription } from './executor.ts';
import { createProcessExecutor } from './process-executor.ts';
import { Interrupted } from './tools.ts';

const script = (diff: string, more: TaskDescription['script'] = {}): TaskDescription => ({
  script: { entry_point: 'main.py', diff, ...more },
});

function prepare(task: TaskDescription, environment?: Record<string, string>) {
  const test = createTestJob(task, environment);
  const executor = createProcessExecutor({ dir: test.dir });
  return { ...test, run: () => executor.run(test.job) };
}

/** A folder for the PATH with a few programs only. */
function programs(...names: string[]): string {
  const folder = createTestFolder();
  for (const name of names) {
    symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(folder, name));
  }
  return folder;
}

test('runs the text of a script in an environment without packages, and keeps that environment', async () => {
  const task = script('import sys\nprint("prefix", sys.prefix)\nprint("oops", file=sys.stderr)\nsys.exit(4)');
  const { run, lines, job, dir } = prepare(task);
  expect((await run()).code).toBe(4);
  const text = (await lines()).join('\n');
  expect(text).toMatch(
    /the task requires no packages\nEnvironment ready after [\d.]+ s\nStarting python -u main\.py/,
  );
  expect(text).toContain(`prefix ${dir}/environments/`);
  expect(text).toContain('oops');

  const again = createTestJob(task);
  await createProcessExecutor({ dir }).run({ ...again.job, folder: job.folder });
  expect((await again.lines())[0]).toBe('Using an environment that was built before');
  const [name = ''] = readdirSync(join(dir, 'environments'));
  expect(readdirSync(join(dir, 'environments', name, 'users'))).toEqual([]);
});

test('runs a module of a repository in its working directory with the variables of the task', async () => {
  const source = createTestRepository({
    'lib/helper.py': 'NAME = "helper"',
    'jobs/run/__main__.py':
      'import os, sys, lib.helper\nprint(lib.helper.NAME, sys.argv[1:], os.path.basename(os.getcwd()))',
  });
  const { run, lines } = prepare({
    script: {
      repository: source.address,
      version_num: source.first,
      working_dir: 'jobs',
      entry_point: '-m run --name "a b"',
      binary: 'python3.99',
    },
  });
  expect((await run()).code).toBe(0);
  expect(await lines()).toContain("helper ['--name', 'a b'] jobs");
});

test('runs other programs without any Python', async () => {
  const task = script('echo "{\\"n\\": 1}" > "$ARNO_RESULT_FILE"; echo done', {
    entry_point: 'go.sh',
    binary: 'bash -e',
  });
  const { run, lines, job } = prepare(task, { PATH: programs('bash') });
  expect((await run()).code).toBe(0);
  expect(await lines()).toEqual(['Starting bash -e go.sh', 'done']);
  expect(readFileSync(job.resultFile, 'utf8')).toBe('{"n": 1}\n');
});

test('installs the required packages from an index and says which one is missing', async () => {
  // A package made here, offered by a folder as the only index.
  const wheels = createTestFolder();
  const make = [
    'import zipfile, sys',
    'w = zipfile.ZipFile(sys.argv[1] + "/arno_probe-1.0-py3-none-any.whl", "w")',
    'd = "arno_probe-1.0.dist-info/"',
    'w.writestr("arno_probe.py", "VALUE = 42")',
    'w.writestr(d + "METADATA", "Metadata-Version: 2.1\\nName: arno-probe\\nVersion: 1.0\\n")',
    'w.writestr(d + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")',
    'w.writestr(d + "RECORD", "")',
    'w.close()',
  ].join('\n');
  execFileSync('python3', ['-c', make, wheels]);
  const index = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels };
  const good = prepare(
    script('import arno_probe\nprint("value", arno_probe.VALUE)', {
      requirements: { pip: '# Python 3.11\n\narno-probe == 1.0\n' },
    }),
    index,
  );
  expect((await good.run()).code).toBe(0);
  const text = await good.lines();
  expect(text).toContain('value 42');
  expect(text.some((line) => line.includes('Successfully installed arno'))).toBe(true);

  const bad = prepare(script('print(1)', { requirements: { pip: 'no-such-thing==9' } }), index);
  await expect(bad.run()).rejects.toThrow(
    /^The package no-such-thing==9 that the task requires could not be installed: /,
  );
  expect((await bad.lines()).join('\n')).toContain('No matching distribution');
});

test.each([
  [
    'no Python',
    script('print(1)'),
    /^There is no Python 3 on the machine .*tried python3, python\): install Python/,
  ],
  [
    'no program',
    script('x', { binary: 'Rscript' }),
    /^The program Rscript could not be started .*ENOENT\): install it/,
  ],
])('%s', async (_name, task, message) => {
  const { run } = prepare(task, { PATH: programs('git') });
  await expect(run()).rejects.toThrow(message);
});

test.each([
  ['no entry point', { script: { diff: 'x' } }, /no entry point/],
  ['no code', { script: { entry_point: 'a.py' } }, /no code/],
  ['a path out of the code', script('x', { entry_point: '../../evil.py' }), /lies outside of its code/],
  ['an absolute path', script('x', { entry_point: '/tmp/evil.py' }), /lies outside of its code/],
])('%s', async (_name, task, message) => {
  const { run, job } = prepare(task);
  await expect(run()).rejects.toThrow(message);
  expect(existsSync(join(job.folder, '..', 'evil.py'))).toBe(false);
});

test('says that a file is not in the repository', async () => {
  const source = createTestRepository({ 'a.py': 'print(1)' });
  const at = (more: TaskDescription['script']) =>
    prepare({ script: { repository: source.address, ...more } }).run();
  await expect(at({ entry_point: 'b.py' })).rejects.toThrow(
    /entry point "b.py" is not in the top folder of the code/,
  );
  await expect(at({ entry_point: 'a.py', working_dir: 'x' })).rejects.toThrow(
    /working directory "x" is not in/,
  );
  await expect(at({ entry_point: 'a.py', working_dir: '../..' })).rejects.toThrow(/lies outside/);
});

test('is interrupted while it prepares', async () => {
  const folder = programs('git');
  writeFileSync(join(folder, 'python3'), '#!/bin/sh\nexec /bin/sleep 600\n');
  chmodSync(join(folder, 'python3'), 0o755);
  const { run, end } = prepare(script('print(1)'), { PATH: folder });
  const running = run();
  setTimeout(() => end.abort(), 100);
  await expect(running).rejects.toThrow(Interrupted);
});
