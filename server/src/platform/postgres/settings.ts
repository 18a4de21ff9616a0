import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Account, giveTo } from './account.ts';

/** The file of settings that Arno owns inside a cluster; postgresql.conf includes it. */
const SETTINGS_FILE = 'arno.conf';

const SETTINGS = `# Written by Arno at each start. Put settings of your own below the include line of postgresql.conf: they win.

# Durable: a commit that was answered survives a power cut.
fsync = on
synchronous_commit = on
full_page_writes = on

# Small: a few tens of megabytes when idle, next to the rest of the platform on one machine.
max_connections = 100
shared_buffers = 128MB
work_mem = 8MB
maintenance_work_mem = 64MB
autovacuum_max_workers = 2
jit = off

# Steady ingest of events: few checkpoints, compressed full pages.
checkpoint_timeout = 15min
max_wal_size = 1GB
min_wal_size = 128MB
wal_buffers = 16MB
wal_compression = on

timezone = 'UTC'
log_timezone = 'UTC'

# Arno gets the error of each statement itself. In this log it could only show the values of users.
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_checkpoints = off
logging_collector = off
`;

/** The last lines of a new cluster's postgresql.conf. */
export const INCLUDE_SETTINGS = `
# Arno's settings. Yours go below this line and win.
include_if_exists = '${SETTINGS_FILE}'
`;

/** Brings Arno's settings of a cluster to this version's, so that an old cluster gets new ones too. */
export async function writeSettings(clusterDir: string, account: Account | undefined): Promise<void> {
  const file = path.join(clusterDir, SETTINGS_FILE);
  const draft = `${file}.new`;
  await writeFile(draft, SETTINGS, { mode: 0o600 });
  await giveTo(account, draft);
  await rename(draft, file);
}
