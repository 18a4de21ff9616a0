import { spawn } from 'node:child_process';
import { availableParallelism, constants } from 'node:os';
import { join } from 'node:path';
import { root } from './root.mjs';

/**
 * Of Node.js, for the server. In the small space that V8 gives to young objects, many of those that a call needs outlive a collection
 * under load and are moved: a larger one takes a sixth off the time of each call. V8 marks all objects again when the old ones have
 * grown by a fifth, which is once or twice a second under load; when they have doubled, it takes another sixth off. V8 collects with
 * four threads beside the main one; where they share its core they only keep it waiting, and one is enough.
 */
const engineOptions = [
  '--max-semi-space-size=64',
  '--heap-growing-percent=100',
  ...(availableParallelism() > 2 ? [] : ['--v8-pool-size=1']),
];

/**
 * Runs the server in the foreground and answers its exit code.
 *
 * Each signal reaches the server once. A terminal sends Ctrl-C (SIGINT) and its own end (SIGHUP) to the whole foreground
 * group, so the server has these already and npm passes SIGINT to us again; a repeated one could cut its draining short.
 * Without a terminal, and for SIGTERM always, the sender means this process only, and the first signal is passed on.
 */
export function runServer(args) {
  const program = join(root, 'server', 'dist', 'main.js');
  const child = spawn(process.execPath, ['--enable-source-maps', ...engineOptions, program, ...args], {
    // The channel carries nothing: it closes when we are killed, and the server then stops instead of staying behind.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const inTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  let told = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (told || (inTerminal && signal !== 'SIGTERM')) return;
      told = true;
      child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
