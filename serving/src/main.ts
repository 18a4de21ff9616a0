import { destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { type Runtime, startRuntime } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { messageOf } from './errors.ts';

/** Longer than any call may take; whoever started us kills later than this, or not at all. */
const drainMs = 10_000;

/** Written at once: pino's writing behind our back tries for ever at the exit when whoever read our output has died. */
function openLog(): Logger {
  const form = { name: 'serving', base: null, timestamp: stdTimeFunctions.isoTime };
  return pino(form, destination({ dest: 1, sync: true }));
}

async function main(): Promise<void> {
  const config = readConfig(process.argv);
  const log = openLog();
  const runtime = await startRuntime(config, log);
  log.info({ url: runtime.url }, 'listening');

  let stopping = false;
  const stop = (reason: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'stopping');
    setTimeout(() => process.exit(1), drainMs).unref();
    end(runtime);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (config.exitWithParent) process.stdin.on('close', () => stop('standard input closed')).resume();
}

async function end(runtime: Runtime): Promise<never> {
  await runtime.stop();
  process.exit(0);
}

function explain(error: NodeJS.ErrnoException): string {
  const address = 'give another with --bind and --port (or ARNO_BIND and ARNO_SERVING_PORT)';
  if (error.code === 'EADDRINUSE') return `The address is in use (${error.message}): ${address}.`;
  if (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL')
    return `Cannot listen (${error.message}): ${address}.`;
  return messageOf(error);
}

main().catch((error) => {
  const message = explain(error);
  if (message) console.error(message);
  process.exit(error instanceof ConfigError ? error.exitCode : 1);
});
