import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { clearml, consoleLog, type Data, download, getTask } from './lib/clearml.ts';
import { isAlive } from './lib/process.ts';
import { runScript } from './lib/python.ts';
import { bash, finishedTask, pythonScript, queueTask } from './lib/tasks.ts';
import { expect, test } from './lib/test.ts';
import { until } from './lib/wait.ts';

/** Value of one artifact, downloaded. */
async function artifact(arno: Parameters<typeof download>[0], task: Data, key: string): Promise<string> {
  const found = task.execution.artifacts.find((candidate: Data) => candidate.key === key);
  return (await download(arno, found.uri)).toString();
}

describe('the embedded agent', () => {
  test('is a worker of the queues default and services', async ({ arno }) => {
    const { workers } = await clearml(arno, 'workers.get_all', {});
    expect(workers).toHaveLength(1);
    expect(workers[0].queues.map((queue: Data) => queue.name).sort()).toEqual(['default', 'services']);
  });

  test('runs what execute_remotely sends it', async ({ arno }) => {
    const { task: id } = await runScript<{ task: string }>(arno, 'remote.py', ['default']);
    const task = await finishedTask(arno, id);
    expect([task.status, await consoleLog(arno, id)]).toEqual([
      'completed',
      expect.stringContaining('ran in process'),
    ]);
    const single = await clearml(arno, 'events.get_task_single_value_metrics', { tasks: [id] });
    expect(single.tasks[0].values).toEqual([expect.objectContaining({ variant: 'product', value: 21 })]);
    const series = await clearml(arno, 'events.scalar_metrics_iter_histogram', { task: id });
    expect(series.steps.square).toMatchObject({ x: [0, 1, 2], y: [0, 1, 4] });
  });

  test('clones a repository at its commit and applies the changes stored with the task', async ({ arno }) => {
    const repository = join(arno.folder, 'repository');
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: repository, encoding: 'utf8' }).trim();
    await mkdir(repository);
    git('init', '--quiet', '--initial-branch=main');
    git('config', 'user.name', 'Tester');
    git('config', 'user.email', 'tester@example.org');
    await writeFile(join(repository, 'main.py'), 'print("committed")\n');
    git('add', '.');
    git('commit', '--quiet', '-m', 'First');
    const commit = git('rev-parse', 'HEAD');
    await writeFile(join(repository, 'main.py'), 'print("committed")\nprint("changed but not committed")\n');
    const diff = `${git('diff')}\n`;
    git('commit', '--quiet', '-a', '-m', 'Second, which the task must not see');

    const script = { repository: `file://${repository}`, version_num: commit, branch: 'main', diff };
    const id = await queueTask(arno, {
      name: 'from a repository',
      script: { ...script, binary: 'python3', entry_point: 'main.py', working_dir: '.' },
    });
    const task = await finishedTask(arno, id);
    const log = await consoleLog(arno, id);
    expect([task.status, log]).toEqual(['completed', expect.stringContaining('changed but not committed')]);
  });

  test('stores the JSON of ARNO_RESULT_FILE, whatever the language', async ({ arno }) => {
    const text = 'echo \'{"sum": 3, "from": "bash"}\' > "$ARNO_RESULT_FILE"';
    const id = await queueTask(arno, { name: 'a result from bash', script: bash(text) });
    const task = await finishedTask(arno, id);
    expect([task.status, await consoleLog(arno, id)]).toEqual(['completed', expect.anything()]);
    expect(JSON.parse(await artifact(arno, task, 'result'))).toEqual({ sum: 3, from: 'bash' });
  });

  test('a task that ends badly is failed', async ({ arno }) => {
    const id = await queueTask(arno, { name: 'exit code 3', script: bash('echo before the end\nexit 3') });
    expect((await finishedTask(arno, id)).status).toBe('failed');
    expect(await consoleLog(arno, id)).toContain('before the end');
  });

  test('aborting kills the whole process group', async ({ arno }) => {
    const text = 'sleep 1000 &\necho "child is $!"\nwait';
    const id = await queueTask(arno, { name: 'sleeps for ever', script: bash(text) });
    const child = await until('the task shows its child', async () =>
      Number(/child is (\d+)/.exec(await consoleLog(arno, id))?.[1] ?? 0),
    );
    await clearml(arno, 'tasks.stop', { task: id });
    await until('the child is gone', async () => !(await isAlive(child)));
    expect((await finishedTask(arno, id)).status).toBe('stopped');
    expect(await consoleLog(arno, id)).toContain('Aborted');
  });
});

describe('what cannot be prepared fails the task and says so first', () => {
  test('a repository that cannot be cloned', async ({ arno }) => {
    const repository = join(arno.folder, 'no-such-repository');
    const script = {
      repository: `file://${repository}`,
      branch: 'main',
      entry_point: 'main.py',
      working_dir: '.',
    };
    const id = await queueTask(arno, { name: 'no repository', script: { ...script, binary: 'python3' } });
    expect((await finishedTask(arno, id)).status).toBe('failed');
    const [first] = (await consoleLog(arno, id)).split('\n');
    expect(first).toMatch(/clon/i);
    expect(first).toContain(repository);
  });

  test('a package that cannot be installed', async ({ arno }) => {
    const name = 'arno-acceptance-no-such-package';
    const id = await queueTask(arno, {
      name: 'no package',
      script: pythonScript('print("never")', `${name} == 1.0`),
    });
    const task = await finishedTask(arno, id);
    expect(task.status).toBe('failed');
    const [first] = (await consoleLog(arno, id)).split('\n');
    expect(first).toContain(name);
    expect((await getTask(arno, id)).status_message).not.toBe('');
  });
});
