import { hostname } from 'node:os';
import type { JobState, Retention, ServerSeen, SystemHealth } from '@arno/protocol';
import type { Scope } from '../clearml/endpoint.ts';
import { countFileDeletions, fileReportDays } from '../features/files/index.ts';
import { sampleDays } from '../features/queues/index.ts';
import { databaseHealth } from '../features/system/index.ts';
import { lostWorkerDays, statsDays } from '../features/workers/index.ts';
import { hideSecrets } from '../gateway/index.ts';
import type { JobReport } from '../platform/periodic.ts';
import { type LivingServer, livingServers } from '../platform/presence.ts';
import { arnoVersion } from '../platform/version.ts';
import type { ConsoleOptions } from './context.ts';
import { machineHealth } from './machine-health.ts';

/** How the server is doing, as the process sees it that answers. */
export async function systemHealth(
  scope: Scope,
  { server, serving }: Pick<ConsoleOptions, 'server' | 'serving'>,
): Promise<SystemHealth> {
  const [report, database, servers, machines, file_deletions, days] = await Promise.all([
    server.health(),
    databaseHealth(scope.db),
    livingServers(scope.db),
    machineHealth(scope, serving),
    countFileDeletions(scope),
    server.callRetention.days(),
  ]);
  return {
    ...{ status: report.status, version: arnoVersion, node: process.versions.node, host: hostname() },
    ...{ started_at: server.startedAt.toISOString(), server: server.number, parts: report.roles },
    database: { ...database, embedded: server.embeddedDatabase },
    jobs: server.jobs().map((job) => jobView(job, server.secrets)),
    servers: servers.map((seen) => serverView(seen, server.number)),
    machines: { total: machines.total, unwell: machines.known.filter(({ state }) => state !== 'healthy') },
    file_deletions,
    retention: retention(days),
  };
}

function jobView(report: Readonly<JobReport>, secrets: readonly string[]): JobState {
  const { name, everyMs, last, lastFailure, runs, failures, isRunning, nextAt } = report;
  return {
    ...{ name, runs, failures, every_ms: everyMs, running: isRunning },
    ...(last && {
      last: { at: last.at.toISOString(), duration_ms: last.durationMs, outcome: last.outcome },
    }),
    ...(lastFailure && {
      last_failure: { at: lastFailure.at.toISOString(), error: hideSecrets(lastFailure.error, secrets) },
    }),
    ...(nextAt && { next_at: nextAt.toISOString() }),
  };
}

function serverView({ number, version, host, address, since }: LivingServer, self: number): ServerSeen {
  return {
    ...{ number, since: since.toISOString(), self: number === self },
    ...(version && { version }),
    ...(host && { host }),
    ...(address && { address }),
  };
}

function retention(callDays: number): Retention[] {
  return [
    { what: 'calls', ...(callDays > 0 && { days: callDays }) },
    { what: 'worker_stats', days: statsDays },
    { what: 'queue_samples', days: sampleDays },
    { what: 'file_reports', days: fileReportDays },
    { what: 'lost_workers', days: lostWorkerDays },
  ];
}
