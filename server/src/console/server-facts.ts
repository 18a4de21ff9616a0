import type { Setting } from '@arno/protocol';
import type { FileUsage } from '../features/files/index.ts';
import type { CallRetention } from '../features/system/index.ts';
import type { HealthReport } from '../health.ts';
import type { JobReport } from '../platform/periodic.ts';
import type { Roles } from '../roles.ts';

/** What this process is and does, for the pages about the server itself. */
export interface ServerFacts {
  startedAt: Date;
  /** Among the servers of the database. */
  number: number;
  roles: Roles;
  /** Whether tasks, queues and workers live here; elsewhere the web console of their ClearML server may be known. */
  tracking: { here: boolean; web?: string | undefined };
  /** Seconds without a sign of life after which a worker is lost. */
  workerTimeout: number;
  embeddedDatabase: boolean;
  /** All settings as people may see them, and what nobody may. */
  settings: readonly Setting[];
  secrets: readonly string[];
  /** JSON lines of the log, the oldest first. */
  recentLog(): readonly string[];
  jobs(): readonly Readonly<JobReport>[];
  health(): Promise<HealthReport>;
  files: Pick<FileUsage, 'report'>;
  callRetention: CallRetention;
}
