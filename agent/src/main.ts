import { Command } from 'commander';
import { type Logger, pino } from 'pino';
import { runAgent } from './agent/agent.ts';
import { type AgentOptions, readSettings, SettingsError } from './config.ts';
import { killAllGroups } from './execute/command.ts';
import { importCommand } from './import.ts';

function fail(lines: string[]): never {
  for (const line of lines) console.error(`arno: ${line}`);
  process.exit(1);
}

/** SIGTERM, SIGINT and, when asked for, the end of standard input stop the agent; a second signal ends it at once. */
function stopOnSignal(withParent: boolean): AbortSignal {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  if (withParent) {
    process.stdin.on('end', () => stop.abort());
    process.stdin.on('error', () => stop.abort());
    process.stdin.resume();
  }
  return stop.signal;
}

/** Written at once: pino's writing behind our back tries for ever at the exit when whoever read our output has died. */
function openLog(): Logger {
  const form = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(form, pino.destination({ dest: 1, sync: true }));
}

async function agentCommand(options: AgentOptions): Promise<void> {
  process.on('exit', killAllGroups);
  const stop = stopOnSignal(options.exitWithParent ?? false);
  try {
    const settings = await readSettings(options);
    const log = openLog();
    log.info({ name: settings.name, server: settings.server.api, dir: settings.dir }, 'agent starts');
    await runAgent(settings, log, stop);
    log.info('agent ended');
  } catch (error) {
    if (error instanceof SettingsError) fail(error.faults);
    if (!stop.aborted) throw error;
  }
  process.exit(0);
}

const program = new Command('arno').description('Commands of Arno for users and machines');

program
  .command('agent')
  .description('take tasks from queues of a ClearML or Arno server and run them on this machine')
  .option('-q, --queue <name>', 'a queue to take tasks from; repeat it, the most urgent first', collect)
  .option('--create-queues', 'create the queues that do not exist')
  .option('--name <id>', 'id of the worker, the same at each start; default <host>:<process>')
  .option('--dir <path>', 'folder for caches and work; default ARNO_AGENT_DIR or ~/.arno/agent')
  .option('--python <path>', 'interpreter for all tasks, in place of the one that a task names')
  .option('--slots <n>', 'tasks to run at the same time', '1')
  .option(
    '--use-owner-token',
    'run each task with the rights of its owner, not with those of our key pair (Arno only)',
  )
  .option('--exit-with-parent', 'stop when standard input ends')
  .addHelpText(
    'after',
    '\nThe server and its keys come from CLEARML_API_HOST, CLEARML_WEB_HOST, CLEARML_FILES_HOST, CLEARML_API_ACCESS_KEY and\n' +
      'CLEARML_API_SECRET_KEY, or from the clearml.conf in CLEARML_CONFIG_FILE or in the home folder.',
  )
  .action(agentCommand);

program
  .command('import')
  .description(
    'bring along what an older system knew, where the server is installed: "arno import clearml-utils --help"',
  )
  .argument('[words...]')
  .allowUnknownOption()
  .helpOption(false)
  .action(async (words: string[]) => process.exit(await importCommand(words)));

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

await program.parseAsync();
