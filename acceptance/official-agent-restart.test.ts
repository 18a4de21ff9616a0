import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { type Arno, createHome, removeHome, startArno } from './lib/arno.ts';
import { clearml, consoleLog, getTask } from './lib/clearml.ts';
import {
  heardSince,
  type OfficialAgent,
  service,
  servicePid,
  serviceWorker,
  startOfficialAgent,
} from './lib/official-agent.ts';
import { isAlive } from './lib/process.ts';
import { bash, finishedTask, pythonScript, queueTask } from './lib/tasks.ts';
import { test as base, expect } from './lib/test.ts';
import { until } from './lib/wait.ts';

/** An official client waits up to 120 s before it tries again, and reports 30 s later. */
const patienceMs = 280_000;
vi.setConfig({ testTimeout: 4 * patienceMs });

const options = {
  label: 'official-restart',
  args: ['--no-agent', '--no-demo'],
  env: { ARNO_WORKER_TIMEOUT: '20' },
};

/** What stands after kill -9 of the server and a new start on its data. */
interface Lab {
  arno: Arno;
  /** Had nothing to do when the server was killed. */
  idle: OfficialAgent;
  /** Ran `counting` then, which goes on until `release` is called. */
  busy: OfficialAgent;
  counting: string;
  release(): Promise<void>;
  /** Runs in services mode, and ran `early`, which goes on until it is stopped. */
  services: OfficialAgent;
  early: string;
}

const test = base.extend<{ lab: Lab }>({
  lab: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const home = await createHome();
      const first = await startArno({ ...options, home });
      const [idle, busy, services] = await Promise.all([
        startOfficialAgent(first, { worker: 'acceptance:idle', queue: 'idle' }),
        startOfficialAgent(first, { worker: 'acceptance:busy', queue: 'busy' }),
        startOfficialAgent(first, {
          worker: 'acceptance:services',
          queue: 'long',
          args: ['--services-mode', '--cpu-only'],
        }),
      ]);
      const end = join(home.folder, 'released');
      const release = () => writeFile(end, '');
      const [counting, early] = await Promise.all([
        queueTask(first, { name: 'counts', queue: 'busy', script: countingUntil(end) }),
        queueTask(first, { name: 'early service', queue: 'long', script: service }),
      ]);
      await until('the task reports', async () => (await steps(first, counting)).length > 0);
      await servicePid(first, early);

      first.program.signal('SIGKILL');
      await first.program.ended;
      const restarted = new Date();
      const arno = await startArno({ ...options, label: `${options.label}-again`, home });
      for (const worker of [idle.worker, busy.worker, services.worker, serviceWorker(services, early)])
        await until(`${worker} is back`, () => heardSince(arno, worker, restarted), patienceMs);
      await use({ arno, idle, busy, counting, release, services, early });
      await Promise.all([idle.stop(), busy.stop(), services.stop()]);
      await arno.stop();
      await removeHome(home);
    },
    { scope: 'file' },
  ],
});

/** A program that reports its steps with the SDK, and prints them, until a file is there. */
const countingUntil = (file: string) =>
  pythonScript(`
import itertools, os, time
from clearml import Task

logger = Task.init().get_logger()
for step in itertools.count():
    logger.report_scalar("steps", "step", value=step, iteration=step)
    print("this is step", step, flush=True)
    if os.path.exists(${JSON.stringify(file)}):
        break
    time.sleep(0.5)
print("ends after step", step)
`);

/** The steps that the server knows of a task. */
async function steps(arno: Arno, task: string): Promise<number[]> {
  const series = await clearml(arno, 'events.scalar_metrics_iter_histogram', { task, samples: 10_000 });
  return series.steps?.step.y ?? [];
}

const numbers = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map((found) => Number(found[1]));

test('an agent that was idle when the server was killed takes the next task', async ({ lab }) => {
  const { arno, idle } = lab;
  const id = await queueTask(arno, {
    name: 'after the kill',
    queue: 'idle',
    script: bash('echo back again'),
  });
  const task = await finishedTask(arno, id);
  expect([task.status, task.last_worker]).toEqual(['completed', idle.worker]);
  expect(await consoleLog(arno, id)).toContain('back again');
});

test('a service that ran when the server was killed runs on, and another one starts beside it', async ({
  lab,
}) => {
  const { arno, services, early } = lab;
  const late = await queueTask(arno, { name: 'late service', queue: 'long', script: service });
  const pid = await servicePid(arno, early);
  await servicePid(arno, late);
  expect([(await getTask(arno, early)).status, await isAlive(pid)]).toEqual(['in_progress', true]);

  await clearml(arno, 'tasks.stop', { task: early });
  expect((await finishedTask(arno, early)).status).toBe('stopped');
  await until('its program is gone', async () => !(await isAlive(pid)));
  await until(
    'the other one has its worker',
    async () => (await getTask(arno, late)).last_worker === serviceWorker(services, late),
  );
  expect((await getTask(arno, late)).status).toBe('in_progress');
});

test('a killed agent loses its task, one that only lost the server for a while does not', async ({ lab }) => {
  const { arno, busy, counting, release } = lab;
  const doomed = { worker: 'acceptance:doomed', queue: 'doomed' };
  const agent = await startOfficialAgent(arno, doomed);
  onTestFinished(() => agent.stop());
  const script = bash('echo it runs\nwhile sleep 1; do :; done');
  const lost = await queueTask(arno, { name: 'loses its agent', queue: 'doomed', script });
  await until('the task runs', async () => (await consoleLog(arno, lost)).includes('it runs'));
  agent.program.signal('SIGKILL');
  expect(await agent.program.ended).toBe('SIGKILL');

  const failed = await finishedTask(arno, lost);
  expect([failed.status, failed.status_reason]).toEqual(['failed', `worker ${agent.worker} is lost`]);
  expect(failed.status_message).toMatch(/has not reported for \d+ s/);

  // So the server has looked for lost workers since its restart, and spared the task that ran through it.
  expect((await getTask(arno, counting)).status).toBe('in_progress');
  const known = (await steps(arno, counting)).length;
  const reportsAgain = async () => (await steps(arno, counting)).length > known;
  await until('the task reports again', reportsAgain, patienceMs);
  await release();
  const completed = await finishedTask(arno, counting);
  expect([completed.status, completed.last_worker]).toEqual(['completed', busy.worker]);
  const log = await consoleLog(arno, counting);
  const [last] = numbers(log, /ends after step (\d+)/g);
  const all = Array.from({ length: (last ?? 0) + 1 }, (_, step) => step);
  expect(await steps(arno, counting)).toEqual(all);
  expect(numbers(log, /this is step (\d+)/g)).toEqual(all);

  const next = await queueTask(arno, { name: 'next', queue: 'doomed', script: bash('echo my turn') });
  const another = await startOfficialAgent(arno, doomed);
  onTestFinished(() => another.stop());
  const followed = await finishedTask(arno, next);
  expect([followed.status, followed.last_worker]).toEqual(['completed', another.worker]);
});
