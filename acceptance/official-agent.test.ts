import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Arno, removeHome, startArno } from './lib/arno.ts';
import { clearml, consoleLog } from './lib/clearml.ts';
import { type Program, startProgram } from './lib/process.ts';
import { clientEnvironment, python, runScript } from './lib/python.ts';
import { finishedTask } from './lib/tasks.ts';
import { test as base, expect } from './lib/test.ts';
import { until } from './lib/wait.ts';

const queue = 'official';

/** The official agent as a daemon, in an Arno that has no agent of its own. */
const test = base.extend<{ daemon: { arno: Arno; agent: Program } }>({
  daemon: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const arno = await startArno({ label: 'official-agent-server', args: ['--no-agent'] });
      await mkdir(join(arno.folder, 'agent'));
      const agent = startProgram(
        'official-agent',
        python,
        ['-m', 'clearml_agent', 'daemon', '--queue', queue, '--create-queue', '--foreground'],
        { cwd: join(arno.folder, 'agent'), env: agentEnvironment(arno) },
      );
      await use({ arno, agent });
      agent.signal('SIGINT');
      await agent.ended;
      await arno.stop();
      await removeHome(arno);
    },
    { scope: 'file' },
  ],
});

/** Tasks run in the Python that already has the SDK, so that this test is about the protocol and not about pip. */
function agentEnvironment(arno: Arno): NodeJS.ProcessEnv {
  return {
    ...clientEnvironment(arno),
    CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL: '1',
    CLEARML_AGENT_SKIP_PIP_VENV_INSTALL: python,
    CLEARML_WORKER_ID: 'acceptance:official',
  };
}

test('the official clearml-agent takes a task from its queue and runs it to its end', async ({ daemon }) => {
  const { arno } = daemon;
  const worker = await until('the agent registers', async () =>
    (await clearml(arno, 'workers.get_all', {})).workers.find(({ id }: { id: string }) =>
      id.includes('acceptance'),
    ),
  );
  expect(worker.queues).toEqual([expect.objectContaining({ name: queue })]);

  const { task: id } = await runScript<{ task: string }>(arno, 'remote.py', [queue]);
  const task = await finishedTask(arno, id);
  expect([task.status, await consoleLog(arno, id)]).toEqual([
    'completed',
    expect.stringContaining('ran in process'),
  ]);
  expect(task.last_worker).toContain('acceptance');
  const single = await clearml(arno, 'events.get_task_single_value_metrics', { tasks: [id] });
  expect(single.tasks[0].values).toEqual([expect.objectContaining({ variant: 'product', value: 21 })]);
});
