import { spawn } from 'node:child_process';

/** As much of a program's output as is kept: its end says what went wrong. */
const keptCharacters = 200_000;

/**
 * Runs a program and answers its exit code and output. `onOutput` gets each piece. When this process is told to stop
 * meanwhile, the program is told the same, and this process ends with it.
 */
export async function capture(command, args, { cwd, env, onOutput = () => {} }) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-keptCharacters);
      onOutput(text);
    });
  }
  let stoppedBy;
  const stop = (signal) => {
    stoppedBy = signal;
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM'];
  for (const signal of signals) process.on(signal, stop);
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, output };
  } finally {
    for (const signal of signals) process.off(signal, stop);
    // With its own listener gone the signal now ends this process, as it would have at first.
    if (stoppedBy) process.kill(process.pid, stoppedBy);
  }
}
