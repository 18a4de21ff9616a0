import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Arno, removeHome, startArno } from '../acceptance/lib/arno.ts';
import { clearml } from '../acceptance/lib/clearml.ts';
import { logIn } from '../acceptance/lib/console.ts';
import { type Cores, moveStore, moveTo, shareCores } from './lib/cores.ts';
import { EnqueueBench, enqueueMeanings } from './lib/enqueue.ts';
import { type Figure, inRounds } from './lib/figures.ts';
import { load, type Target } from './lib/load.ts';
import { startLegacy, startProxy, startUpstream } from './lib/peers.ts';

/** Of each of these a round gives a number: see run(). */
const meanings = {
  added_p50_ms_c1: 'ms that the gateway adds, 1 connection (goal: at most 1.0)',
  share_of_nginx_c50: 'of the calls/s behind nginx, 50 connections (goal: at least 0.40)',
  times_legacy_c50: "times the calls/s of the lab's old design, 50 connections (goal: at least 20)",
  direct_p50_ms_c1: 'ms, 1 connection, the model itself',
  nginx_p50_ms_c1: 'ms, 1 connection, behind nginx',
  gateway_p50_ms_c1: 'ms, 1 connection, through the gateway',
  gateway_p99_ms_c1: 'ms, 1 connection, through the gateway: 99 of 100 calls take less',
  direct_calls_per_s_c50: 'calls/s, 50 connections, the model itself',
  nginx_calls_per_s_c50: 'calls/s, 50 connections, behind nginx',
  gateway_calls_per_s_c50: 'calls/s, 50 connections, through the gateway',
  gateway_p99_ms_c50: 'ms, 50 connections, through the gateway: 99 of 100 calls take less',
  legacy_calls_per_s_c50: "calls/s, 50 connections, the lab's old design",
};
type Round = Record<keyof typeof meanings, number>;

const rounds = 7;
const enqueueRounds = 5;
const one = { connections: 1, seconds: 2 };
const fifty = { connections: 50, seconds: 3 };
const image = { image: Array.from({ length: 8 }, () => [0, 1, 2, 3, 4, 5, 6, 7]) };

/**
 * What an On-Demand call costs with its token checked and its row in the log durable, beside the same model called directly,
 * behind nginx, and behind the lab's old design. All take turns, round after round. A figure is the median of the rounds; what
 * compares two of them is compared in each round, so that what else the machine does at a time falls on both. Each gateway is
 * one process with a core of its own; model, client, and what a gateway keeps its log with are on the others (lib/cores.ts).
 *
 * Then what an Enqueue call costs, beside a bare transaction that writes the same rows.
 */
export async function run(): Promise<Figure[]> {
  const cores = await shareCores();
  const folder = await mkdtemp(join(tmpdir(), 'arno-bench-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const kept = async <Server extends { stop(): Promise<unknown> }>(starting: Promise<Server>) => {
    const server = await starting;
    stops.push(() => server.stop());
    return server;
  };
  try {
    await moveTo(cores.client);
    const arno = await kept(startBenchArno(cores));
    await moveStore(arno, cores.store);
    const upstream = await kept(startUpstream({ folder, runner: cores.upstream }));
    const proxy = await kept(startProxy({ folder, runner: cores.gateway }, upstream));
    const legacy = await kept(startLegacy({ folder, runner: cores.gateway }, cores.store, upstream));
    await publishModel(arno, upstream.url);
    const body = JSON.stringify(image);
    const targets = {
      direct: { url: `${upstream.url}/bench`, body },
      nginx: { url: `${proxy.url}/bench`, body },
      gateway: {
        url: `${arno.web}/gateway/v1/models/bench/calls`,
        body,
        authorization: `Bearer ${arno.token}`,
      },
      legacy: {
        url: legacy.url,
        body: JSON.stringify({ machine_id: '0'.repeat(64), endpoint: 'bench', params: image }),
      },
    };
    const figures = await inRounds(rounds, meanings, () => ondemandRound(cores, targets));
    const enqueue = await kept(EnqueueBench.open(arno, cores.client));
    return [...figures, ...(await inRounds(enqueueRounds, enqueueMeanings, () => enqueue.round()))];
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

type Targets = Record<'direct' | 'nginx' | 'gateway' | 'legacy', Target>;

async function ondemandRound({ client }: Cores, targets: Targets): Promise<Round> {
  const { direct, nginx, gateway, legacy } = targets;
  const alone = await load(direct, one, client);
  const through = await load(gateway, one, client);
  const proxied = await load(nginx, one, client);
  const most = await load(direct, fifty, client);
  const nginxMany = await load(nginx, fifty, client);
  const gatewayMany = await load(gateway, fifty, client);
  const legacyMany = await load(legacy, fifty, client);
  return {
    added_p50_ms_c1: through.p50 - alone.p50,
    share_of_nginx_c50: gatewayMany.callsPerSecond / nginxMany.callsPerSecond,
    times_legacy_c50: gatewayMany.callsPerSecond / legacyMany.callsPerSecond,
    direct_p50_ms_c1: alone.p50,
    nginx_p50_ms_c1: proxied.p50,
    gateway_p50_ms_c1: through.p50,
    gateway_p99_ms_c1: through.p99,
    direct_calls_per_s_c50: most.callsPerSecond,
    nginx_calls_per_s_c50: nginxMany.callsPerSecond,
    gateway_calls_per_s_c50: gatewayMany.callsPerSecond,
    gateway_p99_ms_c50: gatewayMany.p99,
    legacy_calls_per_s_c50: legacyMany.callsPerSecond,
  };
}

async function startBenchArno({ gateway }: Cores): Promise<Arno> {
  const arno = await startArno({
    label: 'bench-gateway',
    args: ['--no-agent', '--no-demo'],
    runner: gateway,
    // As "npm start" runs it on two cores.
    engine: ['--max-semi-space-size=64', '--heap-growing-percent=100', '--v8-pool-size=1'],
    // The same on each machine: that of a fresh one, whatever this one has.
    env: { ARNO_POSTGRES: 'npm' },
  });
  const stop = async () => {
    const code = await arno.stop();
    await removeHome(arno);
    return code;
  };
  return { ...arno, stop };
}

async function publishModel(arno: Arno, base_url: string): Promise<void> {
  const session = await logIn(arno);
  const { id } = await clearml(arno, 'tasks.create', { name: 'bench machine', type: 'inference' });
  await session.send('POST', 'machine-mappings', { serving_task_id: id, base_url });
  await session.send('POST', 'endpoint-mappings', { serving_task_id: id, endpoint: 'bench', alias: 'bench' });
}
