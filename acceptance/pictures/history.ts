import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Lab } from './lab.ts';

/** Numbers that look like chance and are the same in every run. */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const hour = 3_600_000;
const days = 30;
const idOf = (text: string) => createHash('md5').update(text).digest('hex');

/** Callers have their hours: programs call day and night, people by day, few on Sundays. */
function perHour(at: Date, base: number): number {
  const day = at.getDay() === 0 ? 0.35 : at.getDay() === 6 ? 0.6 : 1;
  const rush =
    0.25 + Math.exp(-((at.getHours() - 8.5) ** 2) / 6) + 0.9 * Math.exp(-((at.getHours() - 17.5) ** 2) / 9);
  return base * day * rush;
}

const errors = [
  ['machine_unavailable', 503, 'no serving machine answers', 'connect ECONNREFUSED 127.0.0.12'],
  ['deadline_exceeded', 504, 'no answer within 5 s', null],
  ['invalid_params', 422, 'image: must be a base64 text', null],
] as const;

type Call = Record<string, unknown>;

/** The calls of the last weeks, as rows of the log; the server counts them as it counts any other. */
export async function writeCalls(pool: pg.Pool, company: string, lab: Lab): Promise<void> {
  await insert(pool, 'calls', callsOf(company, lab));
}

function callsOf(company: string, lab: Lab): Call[] {
  const random = chance(7);
  const sources = [
    { of: lab.models[0], base: 34, ms: 42, failing: 0.012 },
    { of: lab.models[1], base: 14, ms: 180, failing: 0.006 },
    { of: lab.models[2], base: 6, ms: 65, failing: 0.02 },
    { of: lab.tasks[0], base: 5, ms: 41_000, failing: 0.04 },
    { of: lab.tasks[2], base: 1.2, ms: 95_000, failing: 0.03 },
    { of: lab.tasks[1], base: 0.3, ms: 300_000, failing: 0.12 },
  ];
  const calls: Call[] = [];
  for (let start = Date.now() - days * 24 * hour; start < Date.now() - hour / 6; start += hour) {
    for (const { of, base, ms, failing } of sources) {
      if (!of) continue;
      const count = Math.floor(perHour(new Date(start), base) * (0.7 + 0.6 * random()) + random());
      for (let n = 0; n < count; n++) {
        const at = start + random() * hour;
        if (at > Date.now() - 30_000) continue;
        const place = { at: new Date(at), ms: ms * (0.6 + random() ** 3 * 3), failed: random() < failing };
        const make = 'taskId' in of ? enqueueCall : modelCall;
        calls.push(make(of as never, { company, lab, random, ...place }));
      }
    }
  }
  return calls;
}

interface Place {
  company: string;
  lab: Lab;
  random: () => number;
  at: Date;
  /** How long it took. */
  ms: number;
  failed: boolean;
}

function common({ company, lab, random, at, failed }: Place): Call {
  const caller = lab.people[Math.min(9, Math.floor(10 - 9 * random() ** 2))];
  return {
    ...{ id: idOf(`call ${at.getTime()} ${random()}`), company, created: at },
    ...{ user_id: caller?.id, caller: caller?.name, status: failed ? 'failed' : 'completed' },
    ...{ bytes_in: Math.round(900 + 40_000 * random()), bytes_out: Math.round(300 + 900 * random()) },
  };
}

function modelCall({ id, alias, machine }: Lab['models'][number], place: Place): Call {
  const { at, ms, failed, random } = place;
  const [code, status, error, detail] = errors[Math.floor(random() * errors.length)] ?? errors[0];
  const call = common(place);
  return {
    ...{ ...call, kind: 'ondemand', mapping_id: id, alias, endpoint: alias.replace('-', '_'), machine },
    ...{ outcome: failed ? 'failed' : 'ok', http_status: failed ? status : 200, duration_ms: ms },
    ...{ ended: new Date(at.getTime() + ms), request: '{"camera": "Viale Europa 12", "least_score": 0.5}' },
    phases: { authenticate: 1.1, receive: 0.9, lookup: 0.4, wait: ms - 3, answer: 0.6 },
    ...(failed
      ? { error_code: code, error, error_detail: detail }
      : { answer: '{"objects": [{"label": "bus", "score": 0.97}, {"label": "car", "score": 0.94}]}' }),
  };
}

function enqueueCall({ id, alias, taskId, name }: Lab['tasks'][number], place: Place): Call {
  const { at, ms, failed, random } = place;
  const call = common(place);
  const waited = 400 + 20_000 * random() ** 4;
  const started = new Date(at.getTime() + waited);
  const ended = new Date(started.getTime() + ms);
  const over = ended.getTime() < Date.now();
  const stamp = at.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_');
  return {
    ...{ ...call, kind: 'enqueue', mapping_id: id, alias, task_id: taskId, queue: 'cpu' },
    ...{ clone_id: idOf(`clone ${call.id}`), clone_name: `${name}_${stamp}` },
    ...{ outcome: 'accepted', http_status: 202, duration_ms: 14 + 9 * random() },
    ...{ started, ended: over ? ended : undefined, status: over ? call.status : 'running' },
    phases: { authenticate: 1.2, receive: 0.8, lookup: 0.5, enqueue: 9.8 },
    ...{ request: '{"params": {"station": "Ponte alle Mosse", "hours": 48}}' },
    answer: JSON.stringify({ call_id: call.id, status: 'queued' }),
    ...(over && failed && { error_code: 'task_failed', error: 'Process failed, exit code 1' }),
  };
}

const minute = 60_000;

/** Readings of the workers, one every ten minutes of the last week, and how long the queues were. */
export async function writeReadings(
  pool: pg.Pool,
  company: string,
  lab: Lab,
  workers: string[],
): Promise<void> {
  const random = chance(11);
  const times = Array.from({ length: 7 * 24 * 6 }, (_, index) => new Date(Date.now() - index * 10 * minute));
  const wave = (at: Date, n: number) =>
    Math.min(1, Math.max(0.02, 0.55 + 0.42 * Math.sin(at.getTime() / 7e6 + 2 * n) + 0.1 * random()));
  const stats = times.flatMap((at) =>
    workers.map((worker_id, n) => {
      const load = wave(at, n);
      const readings = Object.entries(readingsAt(load, worker_id)).flatMap(([metric, value]) =>
        [value]
          .flat()
          .map((v, index) => [`${metric}/${Array.isArray(value) ? index : 'total'}`, [1, v, v, v]]),
      );
      const start = new Date(Math.floor(at.getTime() / minute) * minute);
      const row = { company, minute: start, worker_id, busy: load > 0.3 };
      return { ...row, stats: Object.fromEntries(readings) };
    }),
  );
  const samples = times.flatMap((at) =>
    Object.values(lab.queues).map((queue_id, n) => {
      const length = Math.round(Math.max(0, 5 * wave(at, n + 3) - 1.5));
      return { queue_id, at, length, avg_wait: length * (20 + 40 * random()) };
    }),
  );
  await insert(pool, 'worker_stats', stats);
  await insert(pool, 'queue_samples', samples);
}

/** What an agent would report of a machine under this load, 0 to 1, in the units of the protocol. */
export function readingsAt(load: number, worker: string): Record<string, number | number[]> {
  return {
    ...{ cpu_usage: [18 + 60 * load, 12 + 70 * load], memory_used: 30_000 + 40_000 * load },
    memory_free: 98_000 - 40_000 * load,
    ...(worker.includes('gpu') && {
      gpu_usage: [96 * load],
      ...{ gpu_memory_used: [70_000 * load + 900], gpu_memory_free: [80_000 - 70_000 * load] },
    }),
  };
}

/** Writes whole rows. */
async function insert(pool: pg.Pool, table: string, rows: object[]): Promise<void> {
  for (let start = 0; start < rows.length; start += 2000) {
    const statement = `INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1) ON CONFLICT DO NOTHING`;
    await pool.query(statement, [JSON.stringify(rows.slice(start, start + 2000))]);
  }
}
