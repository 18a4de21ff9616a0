import { Pool } from 'undici';
import { type Arno, removeHome, startArno } from '../acceptance/lib/arno.ts';
import { clearml } from '../acceptance/lib/clearml.ts';
import { logIn } from '../acceptance/lib/console.ts';
import { startProgram } from '../acceptance/lib/process.ts';
import { until } from '../acceptance/lib/wait.ts';
import { type Figure, inParallel, median, seconds } from './lib/figures.ts';

const body = JSON.stringify({ image: Array.from({ length: 8 }, () => [0, 1, 2, 3, 4, 5, 6, 7]) });

/** What an On-Demand call costs on top of calling its machine directly. */
export async function run(): Promise<Figure[]> {
  const upstream = await startUpstream();
  const arno = await startArno({ label: 'bench-gateway', args: ['--no-agent', '--no-demo'] });
  try {
    await publish(arno, upstream.url);
    const direct = { origin: upstream.url, path: '/bench', headers: {} };
    const gateway = {
      origin: arno.web,
      path: '/gateway/v1/models/bench/calls',
      headers: { authorization: `Bearer ${arno.token}` },
    };
    return await compare(direct, gateway);
  } finally {
    await arno.stop();
    await removeHome(arno);
    upstream.stop();
  }
}

interface Target {
  origin: string;
  path: string;
  headers: Record<string, string>;
}

async function compare(direct: Target, gateway: Target): Promise<Figure[]> {
  const [alone, through] = [await latencies(direct), await latencies(gateway)];
  const [most, passed] = [await throughput(direct), await throughput(gateway)];
  return [
    { name: 'direct_p50_ms', value: median(alone), meaning: 'ms, 1 connection, the machine itself' },
    { name: 'gateway_p50_ms', value: median(through), meaning: 'ms, 1 connection, through the gateway' },
    { name: 'added_p50_ms', value: median(through) - median(alone), meaning: 'ms that the gateway adds' },
    { name: 'direct_calls_per_s_c50', value: most, meaning: 'calls/s, 50 connections, the machine itself' },
    {
      name: 'gateway_calls_per_s_c50',
      value: passed,
      meaning: 'calls/s, 50 connections, through the gateway',
    },
    { name: 'share_of_direct_c50', value: passed / most, meaning: 'of the direct calls/s' },
  ];
}

/** Milliseconds of each of 1,000 calls over one connection, after 200 to warm up. */
async function latencies(target: Target): Promise<number[]> {
  const pool = new Pool(target.origin, { connections: 1 });
  const times: number[] = [];
  await inParallel(1200, 1, async (index) => {
    const time = await seconds(() => call(pool, target));
    if (index >= 200) times.push(time * 1000);
  });
  await pool.close();
  return times;
}

/** Calls a second over 50 connections. */
async function throughput(target: Target): Promise<number> {
  const pool = new Pool(target.origin, { connections: 50 });
  await inParallel(500, 50, () => call(pool, target));
  const time = await seconds(() => inParallel(5000, 50, () => call(pool, target)));
  await pool.close();
  return 5000 / time;
}

async function call(pool: Pool, { path, headers }: Target): Promise<void> {
  const answer = await pool.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${text}`);
}

/** A serving machine that answers at once: what is measured is the way to it. It is a process of its own, as a real one is. */
async function startUpstream() {
  const source = `
    require('node:http').createServer((request, response) => {
      request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{"digit":5}'));
    }).listen(0, '127.0.0.1', function () { console.log('port ' + this.address().port); });`;
  const program = startProgram('bench-upstream', process.execPath, ['-e', source], { env: process.env });
  const port = await until('the upstream listens', () => /port (\d+)/.exec(program.output())?.[1]);
  return { url: `http://127.0.0.1:${port}`, stop: () => program.signal('SIGTERM') };
}

async function publish(arno: Arno, base_url: string): Promise<void> {
  const session = await logIn(arno);
  const { id } = await clearml(arno, 'tasks.create', { name: 'bench machine', type: 'inference' });
  await session.send('POST', 'machine-mappings', { serving_task_id: id, base_url });
  await session.send('POST', 'endpoint-mappings', { serving_task_id: id, endpoint: 'bench', alias: 'bench' });
}
