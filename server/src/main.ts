import { startServer } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { createLog } from './platform/log.ts';
import { isExpected } from './startup-errors.ts';

/** Exit code of a process that a second Ctrl-C ended. */
const interrupted = 130;

async function main(): Promise<void> {
  const config = readConfig(process.argv);
  const log = createLog(config.logLevel);
  const server = await startServer(config, log, (error) => fail(error));
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(interrupted);
    stopping = true;
    process.stdout.write('\nStopping: waiting for running requests, the agent and the database …\n');
    server.stop().then(() => process.exit(0), fail);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
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
