import { join } from 'node:path';
import { type Arno, removeHome, startArno } from './lib/arno.ts';
import { clearml, consoleLog, getTask } from './lib/clearml.ts';
import { type OfficialAgent, startOfficialAgent, workersOf } from './lib/official-agent.ts';
import { isAlive } from './lib/process.ts';
import { runScript } from './lib/python.ts';
import { bash, finishedTask, pythonScript, queueTask } from './lib/tasks.ts';
import { test as base, expect } from './lib/test.ts';
import { until } from './lib/wait.ts';

const prepared = 'prepared';
const building = 'building';

/** An Arno without an agent of its own, with two official ones: only one of them builds environments for its tasks. */
const test = base.extend<{ lab: { arno: Arno; agent: OfficialAgent; builder: OfficialAgent } }>({
  lab: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const arno = await startArno({ label: 'official-agent-server', args: ['--no-agent', '--no-demo'] });
      const [agent, builder] = await Promise.all([
        startOfficialAgent(arno, { worker: 'acceptance:prepared', queue: prepared }),
        startOfficialAgent(arno, { worker: 'acceptance:building', queue: building, ownEnvironments: true }),
      ]);
      await use({ arno, agent, builder });
      await Promise.all([agent.stop(), builder.stop()]);
      await arno.stop();
      await removeHome(arno);
    },
    { scope: 'file' },
  ],
});

test('the official clearml-agent takes a task from its queue and runs it to its end', async ({ lab }) => {
  const { arno, agent } = lab;
  const [worker] = await workersOf(arno, agent);
  expect(worker.queues).toEqual([expect.objectContaining({ name: prepared })]);

  const { task: id } = await runScript<{ task: string }>(arno, 'remote.py', [prepared]);
  const task = await finishedTask(arno, id);
  expect([task.status, await consoleLog(arno, id)]).toEqual([
    'completed',
    expect.stringContaining('ran in process'),
  ]);
  expect(task.last_worker).toBe(agent.worker);
  const single = await clearml(arno, 'events.get_task_single_value_metrics', { tasks: [id] });
  expect(single.tasks[0].values).toEqual([expect.objectContaining({ variant: 'product', value: 21 })]);
});

test('in venv mode it builds the environment from the requirements recorded with the task', async ({
  lab,
}) => {
  const { arno, builder } = lab;
  const text = [
    'import sys, iniconfig',
    'from importlib.metadata import version',
    'print("prefix", sys.prefix)',
    'print("iniconfig", version("iniconfig"), "from", iniconfig.__file__)',
  ].join('\n');
  // Any small package without dependencies, in a version that is not the newest.
  const id = await queueTask(arno, {
    name: 'in an environment of its own',
    queue: building,
    script: pythonScript(text, 'iniconfig == 2.0.0\n'),
  });
  const task = await finishedTask(arno, id);
  const log = await consoleLog(arno, id);
  expect([task.status, log]).toEqual(['completed', expect.stringContaining('iniconfig 2.0.0 from')]);
  const environments = join(builder.folder, '.clearml', 'venvs-builds');
  expect(log).toContain(`prefix ${environments}`);
  expect(log).toContain(`from ${environments}`);
  // The agent records what it really installed.
  expect((await getTask(arno, id)).script.requirements.pip).toContain('iniconfig==2.0.0');
});

test('a task that is aborted ends with its programs, and the agent takes the next', async ({ lab }) => {
  const { arno, agent } = lab;
  const long = await queueTask(arno, {
    name: 'sleeps for ever',
    queue: prepared,
    script: bash('sleep 1000 &\necho "child is $!"\nwait'),
  });
  const next = await queueTask(arno, { name: 'next', queue: prepared, script: bash('echo my turn') });
  const child = await until('the task shows its child', async () =>
    Number(/child is (\d+)/.exec(await consoleLog(arno, long))?.[1] ?? 0),
  );
  expect((await getTask(arno, next)).status).toBe('queued');

  await clearml(arno, 'tasks.stop', { task: long });
  const stopped = await finishedTask(arno, long);
  expect([stopped.status, stopped.status_reason]).toEqual(['stopped', 'task was stopped by tasks.stop']);
  await until('the child is gone', async () => !(await isAlive(child)));
  const followed = await finishedTask(arno, next);
  expect([followed.status, followed.last_worker]).toEqual(['completed', agent.worker]);
  expect(await consoleLog(arno, next)).toContain('my turn');
});
