import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Arno } from './arno.ts';
import type { Data } from './clearml.ts';
import { findProgram, freePorts, root } from './environment.ts';
import { runProgram, startProgram } from './process.ts';
import { until } from './wait.ts';

const examples = join(root, 'deploy', 'prometheus');

export interface Prometheus {
  /** The samples that an expression of now has. Throws what Prometheus says of one that it does not understand. */
  query(expression: string): Promise<Data[]>;
  get(path: string): Promise<Data>;
  stop(): Promise<unknown>;
}

/** Starts a real Prometheus on the example of deploy/prometheus, looking each second. */
export async function startPrometheus(arno: Arno, token: string): Promise<Prometheus> {
  const [port] = await freePorts(1);
  const folder = arno.folder;
  const example = await readFile(join(examples, 'prometheus.yml'), 'utf8');
  const configuration = join(folder, 'prometheus.yml');
  await writeFile(
    configuration,
    example.replaceAll('15s', '1s').replace('localhost:8080', new URL(arno.web).host),
  );
  await writeFile(join(folder, 'arno-metrics-token'), token);
  await copyFile(join(examples, 'arno-alerts.yml'), join(folder, 'arno-alerts.yml'));
  const address = `127.0.0.1:${port}`;
  const args = [`--config.file=${configuration}`, `--storage.tsdb.path=${join(folder, 'tsdb')}`];
  const options = ['--log.level=warn', `--web.listen-address=${address}`];
  const program = startProgram('prometheus', findProgram('prometheus'), [...args, ...options], {
    cwd: folder,
    env: arno.env,
  });
  await until('Prometheus is ready', () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  async function get(path: string): Promise<Data> {
    const answer: Data = await (await fetch(`http://${address}/api/v1/${path}`)).json();
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  }
  return {
    get,
    query: async (expression) => (await get(`query?query=${encodeURIComponent(expression)}`)).result,
    stop() {
      program.signal('SIGTERM');
      return program.ended;
    },
  };
}

/** What `promtool` says of metrics as a server answers them: nothing when all is well. */
export async function checkMetrics(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'arno-metrics-'));
  try {
    const file = join(folder, 'metrics.txt');
    await writeFile(file, text);
    const script = 'exec "$0" check metrics < "$1"';
    return await runProgram('promtool', 'sh', ['-c', script, findProgram('promtool'), file], {
      env: process.env,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs `promtool`, which knows what Prometheus accepts, in deploy/prometheus. */
export function promtool(...words: string[]) {
  return runProgram('promtool', findProgram('promtool'), words, { cwd: examples, env: process.env });
}
