import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Caller, Scope } from '../clearml/endpoint.ts';
import type { FileStore } from '../features/files/index.ts';
import {
  createEndpointMapping,
  createMachineMapping,
  createTaskMapping,
} from '../features/mappings/index.ts';
import { createModel } from '../features/models/index.ts';
import { ensureProject } from '../features/projects/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { inTransaction, json } from '../platform/database.ts';
import type { DB } from '../platform/schema.ts';

export interface DemoOptions {
  db: Kysely<DB>;
  store: FileStore;
  /** Owns what is made. */
  caller: Caller;
  /** Arno's data folder; the serving runtime's wanted state is in it. */
  data: string;
  addresses: { files: string; serving: string };
  /** False notes that nobody wants it, so that no later start brings it. */
  wanted: boolean;
}

const project = 'Getting started';
const setting = 'demo';
const digits = new URL('../../../serving/models/digits/', import.meta.url);
const template = new URL('../../demo/forecast.py', import.meta.url);

/**
 * Fills the project *Getting started* on the first start: a template task and a model with its endpoint, and the mappings that
 * make both kinds of call work. Decided once for an installation; what people delete of it stays deleted.
 */
export async function seedDemo(options: DemoOptions): Promise<void> {
  const { db, caller, wanted } = options;
  const decided = await db.selectFrom('settings').select('key').where('key', '=', setting).executeTakeFirst();
  if (decided) return;
  if (wanted) await writeFiles(options);
  await inTransaction(db, async (transaction) => {
    // Two replicas may start at once: the second finds the row and makes nothing.
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('settings')
      .values({ key: setting, value: json(wanted ? 'made' : 'declined') })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (!wanted || !numInsertedOrUpdatedRows) return;
    const scope = { db: transaction, caller, now: new Date() };
    const projectId = await ensureProject(scope, project, {
      description: 'Both ways to call, ready to try.',
    });
    await makeForecast(scope, projectId);
    await makeDigits(scope, projectId, options);
  });
}

const modelPath = `${project}/digits/model.onnx`;

/** The model goes to the file store, where the tracking server knows it, and to the serving runtime, which then loads it. */
async function writeFiles({ store, data }: DemoOptions): Promise<void> {
  await store.write(modelPath, createReadStream(new URL('model.onnx', digits)));
  const folder = join(data, 'serving', 'models', 'digits');
  await mkdir(folder, { recursive: true });
  for (const name of ['model.onnx', 'endpoint.json'])
    await copyFile(new URL(name, digits), join(folder, name));
  const wanted = join(data, 'serving', 'endpoints.json');
  await writeFile(
    `${wanted}.new`,
    `${JSON.stringify({ endpoints: [{ name: 'digits', model: 'models/digits' }] })}\n`,
  );
  await rename(`${wanted}.new`, wanted);
}

async function makeForecast(scope: Scope, projectId: string): Promise<void> {
  const parameter = (name: string, value: string, description: string) => [
    name,
    { section: 'General', name, value, description },
  ];
  const taskId = await createTask(scope, {
    name: 'Parking forecast',
    type: 'inference',
    project: projectId,
    comment: 'A template task: each Enqueue call clones it with its own parameters.',
    script: {
      binary: 'python3',
      entry_point: 'forecast.py',
      working_dir: '.',
      diff: await readFile(template, 'utf8'),
    },
    hyperparams: {
      General: Object.fromEntries([
        parameter(
          'occupied',
          '[112, 131, 148, 171, 190]',
          'Places taken in each of the last hours, as a JSON list.',
        ),
        parameter('capacity', '240', 'Places of the car park.'),
        parameter('hours', '3', 'Hours to forecast.'),
      ]),
    },
  });
  await createTaskMapping(scope, {
    task_id: taskId,
    default_queue: 'default',
    alias: 'parking-forecast',
    description: 'Forecasts how full a car park will be in the next hours.',
    example: { occupied: [112, 131, 148, 171, 190], hours: 3 },
  });
}

async function makeDigits(scope: Scope, projectId: string, { addresses }: DemoOptions): Promise<void> {
  const servingTask = await createTask(scope, {
    name: 'Serving runtime of this machine',
    type: 'service',
    project: projectId,
    comment: 'Stands for the serving runtime; its id is what endpoint and machine mappings share.',
  });
  await createModel(scope, {
    name: 'digits',
    project: projectId,
    uri: `${addresses.files}/${modelPath.split('/').map(encodeURIComponent).join('/')}`,
    framework: 'ONNX',
    comment: 'Reads a handwritten digit from 8 x 8 pixels.',
    labels: Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [`${digit}`, digit])),
    ready: true,
  });
  await createEndpointMapping(scope, {
    serving_task_id: servingTask,
    endpoint: 'digits',
    alias: 'digits',
    description: 'Reads a handwritten digit from a small image.',
    example: JSON.parse(await readFile(new URL('examples/five.json', digits), 'utf8')),
  });
  const base_url = `${addresses.serving}/serve`;
  const description = 'The serving runtime beside the server.';
  await createMachineMapping(
    scope,
    { ownPorts: [] },
    { serving_task_id: servingTask, base_url, health_path: '/health', description },
  );
}
