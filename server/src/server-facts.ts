import type { Config } from './config.ts';
import type { ServerFacts } from './console/index.ts';
import type { Installation } from './installation.ts';
import type { Jobs } from './jobs.ts';
import type { LogOutput } from './platform/log.ts';
import type { Presence } from './platform/presence.ts';

interface Parts extends Pick<ServerFacts, 'callRetention' | 'files'> {
  config: Config;
  output: LogOutput;
  presence: Presence;
  installation: Installation;
  jobs: Jobs;
  report: ServerFacts['health'];
}

/** What the console tells administrators of this process, which is about to open its doors. */
export function serverFacts(parts: Parts): ServerFacts {
  const { config, output, presence, installation, jobs, report, callRetention, files } = parts;
  const { roles, clearml, settings, leases } = config;
  return {
    ...{ startedAt: new Date(), number: presence.number, roles, settings, callRetention, files },
    tracking: { here: clearml === undefined, web: clearml?.web },
    workerTimeout: leases.workerTimeout,
    embeddedDatabase: config.databaseUrl === undefined,
    secrets: [...config.secrets, installation.secret],
    recentLog: () => output.recent.lines,
    jobs: () => jobs.reports,
    health: report,
  };
}
