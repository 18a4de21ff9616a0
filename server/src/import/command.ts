import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Command, CommanderError } from 'commander';
import { writePassword } from '../access-files.ts';
import { type Config, ConfigError, readConfig } from '../config.ts';
import { prepareDataFolder } from '../data-folder.ts';
import { ownTasks } from '../features/mappings/index.ts';
import { CallRetention } from '../features/system/index.ts';
import { GatewayError, RemoteTasks } from '../gateway/index.ts';
import { ensureInstallation } from '../installation.ts';
import { embeddedFolder, openConfiguredDatabase } from '../open-database.ts';
import { type Database, inTransaction } from '../platform/database.ts';
import { createLogOutput, type Logger } from '../platform/log.ts';
import { migrate } from '../platform/migrate.ts';
import { Networks } from '../platform/networks.ts';
import { Started } from '../started.ts';
import { StartupError } from '../startup-errors.ts';
import { importClearmlUtils } from './clearml-utils.ts';
import { NoInstallationError, readyAdministrator } from './ready.ts';
import { Report } from './report.ts';
import { SqliteFile } from './sqlite.ts';

interface Options {
  apply?: boolean;
  report?: string;
}

/**
 * `arno-server import …`: brings along what an older system knew.
 *
 * @param argv as the process got it
 * @throws ConfigError for a wrong command line, StartupError for what a person can mend
 */
export async function importCommand(argv: readonly string[]): Promise<void> {
  const program = new Command('arno-server').exitOverride();
  const group = program.command('import').description('bring along what an older system knew').exitOverride();
  group
    .command('clearml-utils')
    .description(
      'mappings and logs of ClearML Utils, from its SQLite file; shows what it would take, and takes it with --apply',
    )
    .argument('<file>', 'path of the SQLite file, which is not changed')
    .option('--apply', 'write, and not only show')
    .option('--report <file>', 'also write what became of every row, one JSON object a line')
    .exitOverride()
    .action((file: string, options: Options) => run(file, options));
  try {
    await program.parseAsync(argv);
  } catch (error) {
    // Commander has already written its message.
    if (error instanceof CommanderError) throw new ConfigError([], error.exitCode);
    throw error;
  }
}

async function run(path: string, { apply = false, report: reportPath }: Options): Promise<void> {
  // Whatever its roles are: nothing but the database is started here.
  const config = readConfig(['node', 'arno-server', '--no-agent']);
  const { log } = createLogOutput(config.logLevel === 'info' ? 'warn' : config.logLevel);
  const started = new Started();
  try {
    const file = await SqliteFile.open(path);
    started.add(() => file.close());
    // Opening an embedded database that is not there would make it.
    const isThere = config.databaseUrl !== undefined || existsSync(embeddedFolder(config));
    if (!apply && !isThere) throw new NoInstallationError();
    await prepareDataFolder(config.data);
    const database = await openConfiguredDatabase(config, log, (error) => log.error(error), started);
    if (apply) await migrate(database.db);
    const report = await importFile(config, database, log, file, apply);
    if (reportPath) await writeFile(reportPath, report.ndjson());
    const outcome = apply
      ? 'Imported.'
      : 'Nothing was written: this was a dry run. Run it again with --apply.';
    process.stdout.write(`${report.text()}\n${outcome}\n`);
  } finally {
    await started.stop();
  }
}

/** Everything in one transaction: a dry run does all of it and takes it back, on a database that is ready for it. */
export async function importFile(
  config: Pick<Config, 'clearml' | 'calls' | 'servingNetworks' | 'ports' | 'data'>,
  { db }: Database,
  log: Logger,
  file: SqliteFile,
  apply: boolean,
): Promise<Report> {
  const { clearml, calls, servingNetworks, ports } = config;
  const keepPassword = (password: string) => writePassword(config.data, password);
  const caller = apply
    ? (await ensureInstallation(db, { keepPassword })).admin
    : await readyAdministrator(db);
  const tasks = clearml ? new RemoteTasks({ ...clearml, db, log, server: 0 }).source : ownTasks;
  const networks = servingNetworks.length > 0 ? new Networks(servingNetworks) : undefined;
  const ownPorts = [ports.web, ports.api, ports.files];
  const addresses = { ownPorts, networks, runtimePort: ports.serving };
  const retentionDays = await new CallRetention(db, calls).days();
  let report = new Report();
  await inTransaction(db, async (transaction) => {
    // Anew for each try of the transaction.
    report = new Report();
    const scope = { db: transaction, caller, now: new Date() };
    await importClearmlUtils(file, { scope, tasks, addresses, ...calls, retentionDays }, report);
    if (!apply) throw new DryRun();
  }).catch((error) => {
    if (error instanceof GatewayError) throw new StartupError(`${error.message}: ${error.detail}`);
    if (!(error instanceof DryRun)) throw error;
  });
  return report;
}

class DryRun extends Error {}
