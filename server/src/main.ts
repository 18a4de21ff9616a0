import { startServer } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { importCommand } from './import/command.ts';
import { createLogOutput } from './platform/log.ts';
import { isExpected } from './startup-errors.ts';

/** Exit code of a process that a second Ctrl-C ended. */
const interrupted = 130;
/** Exit code of a process whose stop took too long, as of timeout(1). */
const tooSlow = 124;
/** All of a stop gets this long. Its steps have limits of their own, but together they could take longer. */
const stopMs = 120_000;
/** One stop may arrive twice at once: from the terminal's process group, and passed on by npm. */
const sameSignalMs = 1000;

async function main(): Promise<void> {
  if (process.argv[2] === 'import') return importCommand(process.argv);
  const config = readConfig(process.argv);
  const output = createLogOutput(config.logLevel);
  const server = await startServer(config, output, (error) => fail(error));
  let stoppingSince: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (stoppingSince !== undefined) {
      const impatient = signal === 'SIGINT' && Date.now() - stoppingSince > sameSignalMs;
      if (impatient) process.exit(interrupted);
      return;
    }
    stoppingSince = Date.now();
    process.stdout.write('\nStopping: waiting for running requests, the agent and the database …\n');
    setTimeout(() => {
      output.log.error(`Not everything had ended ${stopMs / 1000} s after the stop; leaving it`);
      process.exit(tooSlow);
    }, stopMs).unref();
    server.stop().then(() => process.exit(0), fail);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // Only "npm start" has a channel to us, and it closes when that program is killed.
  process.on('disconnect', () => stop('SIGTERM'));
}

/** One line for what a person can mend, everything for what only we can. */
function fail(error: unknown): never {
  if (error instanceof ConfigError) {
    for (const fault of error.faults) console.error(`arno: ${fault}`);
    process.exit(error.exitCode);
  }
  if (isExpected(error)) console.error(`arno: ${error.message}`);
  else console.error(error);
  process.exit(1);
}

main().catch(fail);
