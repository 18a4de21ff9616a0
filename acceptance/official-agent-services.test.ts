import { type Arno, removeHome, startArno } from './lib/arno.ts';
import { clearml, type Data, getTask } from './lib/clearml.ts';
import {
  type OfficialAgent,
  service,
  servicePid,
  serviceWorker,
  startOfficialAgent,
  workersOf,
} from './lib/official-agent.ts';
import { isAlive } from './lib/process.ts';
import { finishedTask, queueTask } from './lib/tasks.ts';
import { test as base, expect } from './lib/test.ts';
import { until } from './lib/wait.ts';

const queue = 'official-services';

/**
 * One official agent in services mode, in an Arno without an agent of its own. Without `--docker` it runs each task as a process
 * instead of a container; registering, reporting and stopping are done by the same code of the agent.
 */
const test = base.extend<{ lab: { arno: Arno; agent: OfficialAgent } }>({
  lab: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const arno = await startArno({ label: 'official-services-server', args: ['--no-agent', '--no-demo'] });
      const options = { worker: 'acceptance:services', queue, args: ['--services-mode', '--cpu-only'] };
      const agent = await startOfficialAgent(arno, options);
      await use({ arno, agent });
      await agent.stop();
      await arno.stop();
      await removeHome(arno);
    },
    { scope: 'file' },
  ],
});

test('in services mode one agent runs several tasks at a time, each as a worker of its own', async ({
  lab,
}) => {
  const { arno, agent } = lab;
  const queueService = (name: string) => queueTask(arno, { name, queue, script: service });
  const [first, second] = await Promise.all([queueService('first service'), queueService('second service')]);
  const [firstPid, secondPid] = await Promise.all([servicePid(arno, first), servicePid(arno, second)]);

  const firstWorker = serviceWorker(agent, first);
  const secondWorker = serviceWorker(agent, second);
  /** What the workers of the agent do, as `{worker: task}`; those that do nothing are left out. */
  const running = async () => {
    const busy = (await workersOf(arno, agent)).filter(({ task }: Data) => task);
    return Object.fromEntries(busy.map(({ id, task }: Data) => [id, task.id]));
  };
  await until('only the services are busy', async () => {
    const busy = await running();
    return busy[firstWorker] === first && busy[secondWorker] === second && !(agent.worker in busy);
  });
  for (const id of [first, second]) {
    // Until the agent has handed a service over to its own worker, both report for it.
    await until(
      'the task knows its worker',
      async () => (await getTask(arno, id)).last_worker === serviceWorker(agent, id),
    );
    expect((await getTask(arno, id)).status).toBe('in_progress');
  }

  await clearml(arno, 'tasks.stop', { task: first });
  expect((await finishedTask(arno, first)).status).toBe('stopped');
  await until('its program is gone', async () => !(await isAlive(firstPid)));
  await until('its worker has left', async () =>
    (await workersOf(arno, agent)).every(({ id }) => id !== firstWorker),
  );
  expect(await running()).toEqual({ [secondWorker]: second });
  expect([(await getTask(arno, second)).status, await isAlive(secondPid)]).toEqual(['in_progress', true]);
});
