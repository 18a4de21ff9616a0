import type pg from 'pg';
import type { Arno } from '../lib/arno.ts';
import { apiToken, clearml } from '../lib/clearml.ts';
import { chance, readingsAt } from './history.ts';
import type { Lab } from './lab.ts';

const workers = ['gpu-01:gpu0', 'gpu-01:gpu1', 'gpu-02:gpu0', 'cpu-01:0', 'edge-station-7:0'];

const kinds = [
  ['Vehicle detection', 'Traffic/Vehicle detection', ['yolo11 s', 'yolo11 m', 'rt-detr', 'yolo11 s, night']],
  ['Flow', 'Traffic/Flow forecast', ['graph wavenet', 'tft 24 h', 'xgboost baseline']],
  ['PM10', 'Air quality/PM10 forecast', ['lstm 48 h', 'tft 48 h', 'gradient boosting']],
  ['MNIST', 'Vision/MNIST', ['cnn', 'cnn, dropout 0.4', 'vit tiny']],
  ['Heating', 'Energy/District heating', ['return temperature', 'load forecast']],
] as const;

const statuses = ['completed', 'completed', 'published', 'completed', 'failed', 'completed', 'stopped'];
const hour = 3_600_000;

/** Experiments of the last weeks, some that run and some that wait; answers the workers and what they run. */
export async function makeWork(arno: Arno, pool: pg.Pool, lab: Lab): Promise<Workers> {
  const random = chance(3);
  const developers = lab.people.filter(({ role }) => role !== 'user');
  for (let n = 0; n < 46; n++) {
    const [kind, project, variants] = kinds[n % kinds.length] ?? kinds[0];
    const name = `${kind} ${variants[n % variants.length]}`;
    const task = await createTask(arno, { name, project: lab.projects[project] ?? '', seed: n });
    const at = new Date(Date.now() - hour * (1 + 14 * n * random()));
    const [took, status] = [hour * (0.2 + 5 * random()), statuses[n % statuses.length]];
    const ended = new Date(Math.min(at.getTime() + took, Date.now() - 60_000));
    await pool.query(
      `UPDATE tasks SET status = $2, created = $3, started = $3, completed = $4, status_changed = $4, last_update = $4,
         last_change = $4, active_duration = extract(epoch FROM $4::timestamptz - $3::timestamptz), last_worker = $5, user_id = $6,
         last_iteration = $7, tags = $8, status_reason = $9 WHERE id = $1`,
      [
        ...[task, status, at, ended, workers[n % 3], developers[n % developers.length]?.id],
        ...[1000 * (1 + (n % 9)), n % 3 === 0 ? ['baseline'] : n % 5 === 0 ? ['paper', 'v2'] : []],
        status === 'failed' ? 'Process failed, exit code 1' : '',
      ],
    );
  }
  await pool.query(
    "UPDATE users SET last_seen = now() - random() ^ 2 * interval '4 days' WHERE username NOT IN ('admin', 'agent')",
  );
  return runWork(arno, lab);
}

async function createTask(
  arno: Arno,
  { name, project, seed }: { name: string; project: string; seed: number },
): Promise<string> {
  const random = chance(seed + 20);
  const values = { epochs: 30, batch_size: 64, learning_rate: 0.001, dropout: 0.2, optimizer: 'adamw' };
  const argument = ([key, value]: [string, unknown]) => [
    key,
    { section: 'Args', name: key, value: String(value) },
  ];
  const { id } = await clearml(arno, 'tasks.create', {
    ...{ name, project, type: 'training' },
    script: {
      ...{ repository: 'https://git.example.org/lab/models.git', branch: 'main', entry_point: 'train.py' },
      ...{ version_num: '4f1c0e7a9b2d8836c5e1f70a4b9d2c6e8f013a57', working_dir: '.', binary: 'python3.12' },
      requirements: { pip: 'torch==2.9.1\ntorchvision==0.24.1\nclearml==2.0.2\nnumpy==2.3.4\n' },
    },
    hyperparams: { Args: Object.fromEntries(Object.entries(values).map(argument)) },
    container: { image: 'pytorch/pytorch:2.9.1-cuda13.0-cudnn9-runtime' },
  });
  if (seed < 6) await report(arno, id, random);
  return id;
}

const epochs = 120;

/** Curves and a console log, as a training script reports them. */
async function report(arno: Arno, task: string, random: () => number): Promise<void> {
  const speed = 14 + 16 * random();
  const curve = (end: number, noise: number, epoch: number) =>
    end + (1 - end) * Math.exp(-epoch / speed) + noise * (random() - 0.5);
  const start = Date.now() - 2 * hour;
  const events = Array.from({ length: epochs }, (_, iter) => {
    const at = { task, iter, timestamp: start + iter * 40_000 };
    const scalar = (metric: string, variant: string, value: number) => ({
      ...{ type: 'training_stats_scalar', metric, variant, value, ...at },
    });
    const [loss, valid] = [curve(0.06, 0.03, iter), curve(0.11, 0.05, iter)];
    const msg = `epoch ${iter + 1}/${epochs}  loss ${loss.toFixed(4)}  valid ${valid.toFixed(4)}  312 img/s\n`;
    return [
      ...[scalar('loss', 'train', loss), scalar('loss', 'validation', valid)],
      ...[
        scalar('mAP', 'mAP50', 0.95 - 0.7 * curve(0.02, 0.02, iter)),
        scalar('mAP', 'mAP50-95', 0.71 - 0.6 * curve(0.03, 0.02, iter)),
      ],
      scalar('learning rate', 'adamw', 0.001 * Math.cos((iter / epochs) * 1.5)),
      scalar(':monitor:gpu', 'gpu_0_utilization', 88 + 10 * random()),
      { ...{ type: 'log', task, timestamp: at.timestamp, msg, worker: 'gpu-01:gpu0', level: 'info' } },
    ];
  }).flat();
  const response = await fetch(`${arno.api}/events.add_batch`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/x-ndjson', authorization: `Bearer ${await apiToken(arno)}` },
    },
    body: events.map((event) => JSON.stringify(event)).join('\n'),
  });
  if (!response.ok) throw new Error(`events.add_batch: ${response.status} ${await response.text()}`);
}

export interface Workers {
  names: string[];
  /** Reports once for all of them; a worker that says nothing for a minute is lost, and its task with it. */
  report(): Promise<void>;
}

const running = [
  'Vehicle detection yolo11 l',
  'PM10 tft 72 h',
  'Flow graph wavenet, 412 streets',
  'Heating load forecast',
];
const waiting = [
  'Vehicle detection rt-detr, night',
  'Vehicle detection yolo11 x',
  'MNIST vit tiny, sweep 7',
  'MNIST vit tiny, sweep 8',
  'PM10 lstm, 12 stations',
];

async function runWork(arno: Arno, lab: Lab): Promise<Workers> {
  const projectOf = (name: string) =>
    lab.projects[kinds.find(([kind]) => name.startsWith(kind))?.[1] ?? ''] ?? '';
  const tasks: (string | undefined)[] = [];
  for (const [index, name] of running.entries()) {
    const id = await createTask(arno, {
      name,
      project: projectOf(name),
      seed: index === 0 ? 1 : 100 + index,
    });
    await clearml(arno, 'tasks.started', { task: id });
    tasks.push(id);
  }
  for (const [index, name] of waiting.entries()) {
    const id = await createTask(arno, { name, project: projectOf(name), seed: 200 + index });
    await clearml(arno, 'tasks.enqueue', { task: id, queue_name: index < 4 ? 'gpu' : 'cpu' });
  }
  const queueOf = (worker: string) =>
    lab.queues[worker.includes('gpu') ? 'gpu' : (worker.split('-')[0] ?? '')];
  for (const worker of workers)
    await clearml(arno, 'workers.register', { worker, timeout: 600, queues: [queueOf(worker)] });
  const reportAll = async () => {
    for (const [index, worker] of workers.entries()) {
      const task = tasks[index];
      const load = task ? 0.72 + 0.05 * index : 0.06;
      await clearml(arno, 'workers.status_report', {
        ...{ worker, timestamp: Date.now(), queues: [queueOf(worker)], ...(task && { task }) },
        machine_stats: readingsAt(load, worker),
      });
    }
  };
  await reportAll();
  return { names: workers, report: reportAll };
}
