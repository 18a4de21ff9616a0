import { describe } from 'vitest';
import { clearml, consoleLog, type Data, download, getTask } from './lib/clearml.ts';
import { runScript } from './lib/python.ts';
import { test as base, expect } from './lib/test.ts';

interface Trained {
  task: string;
  model: string;
}

/** acceptance/sdk/train.py, run once with the official package for all tests of this file. */
const test = base.extend<{ trained: Trained }>({
  trained: [
    async ({ arno }, use) => use(await runScript<Trained>(arno, 'train.py', ['--epochs', '6'])),
    { scope: 'file' },
  ],
});

describe('a training script with the official SDK', () => {
  test('ends completed, in its project', async ({ arno, trained }) => {
    const task = await getTask(arno, trained.task);
    expect(task).toMatchObject({ status: 'completed', name: 'train', type: 'training', last_iteration: 5 });
    const { project } = await clearml(arno, 'projects.get_by_id', { project: task.project });
    expect(project.name).toBe('Acceptance/Training');
  });

  test('stores connected values and arguments', async ({ arno, trained }) => {
    const { hyperparams } = await getTask(arno, trained.task);
    const values = (section: string) =>
      Object.fromEntries(Object.values<Data>(hyperparams[section]).map(({ name, value }) => [name, value]));
    expect(values('General')).toEqual({ rate: '0.1', 'layers/hidden': '32', 'layers/dropout': '0.5' });
    expect(values('Args')).toMatchObject({ epochs: '6', optimizer: 'sgd' });
  });

  test('keeps every scalar point, the single value and the last values', async ({ arno, trained }) => {
    const series = await clearml(arno, 'events.scalar_metrics_iter_histogram', { task: trained.task });
    expect(series.loss.train.x).toEqual([0, 1, 2, 3, 4, 5]);
    expect(series.loss.test.y[5]).toBeCloseTo(2 * Math.exp(-0.5), 5);

    const single = await clearml(arno, 'events.get_task_single_value_metrics', { tasks: [trained.task] });
    expect(single.tasks[0].values).toEqual([expect.objectContaining({ variant: 'accuracy', value: 0.975 })]);

    const { last_metrics } = await getTask(arno, trained.task);
    const last = Object.values<Data>(last_metrics).flatMap((variants) => Object.values<Data>(variants));
    expect(last).toContainEqual(expect.objectContaining({ metric: 'loss', variant: 'train', max_value: 1 }));
  });

  test('keeps the console log', async ({ arno, trained }) => {
    const log = await consoleLog(arno, trained.task);
    expect(log).toContain('a line through report_text');
    expect(log).toContain('a printed line, with an accent: è');
  });

  test('uploads artifacts that can be downloaded', async ({ arno, trained }) => {
    const { artifacts } = (await getTask(arno, trained.task)).execution;
    const uri = (key: string) => artifacts.find((artifact: Data) => artifact.key === key).uri;
    expect(JSON.parse((await download(arno, uri('summary'))).toString())).toEqual({
      classes: 10,
      names: ['zero', 'one'],
    });
    expect((await download(arno, uri('notes'))).toString()).toBe('artifact from a file\n');
  });

  test('registers its output model', async ({ arno, trained }) => {
    const { models } = await getTask(arno, trained.task);
    expect(models.output).toContainEqual(expect.objectContaining({ model: trained.model }));
    const { model } = await clearml(arno, 'models.get_by_id', { model: trained.model });
    expect(model).toMatchObject({
      name: 'acceptance weights',
      framework: 'Custom',
      labels: { cat: 0, dog: 1 },
    });
    expect(await download(arno, model.uri)).toEqual(
      Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
    );
  });

  test('reads the same back through the SDK', async ({ arno, trained }) => {
    const found = await runScript<Data>(arno, 'read_back.py', [trained.task]);
    expect(found).toMatchObject({
      status: 'completed',
      parameters: { 'General/rate': '0.1', 'Args/epochs': '6' },
      values: { accuracy: 0.975 },
      summary: { classes: 10, names: ['zero', 'one'] },
      weights: 256,
      found_by_name: trained.task,
    });
    expect(found.scalars.loss.train.x).toEqual([0, 1, 2, 3, 4, 5]);
    expect(found.console).toContain('a line through report_text');
  });
});
