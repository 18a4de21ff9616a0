import { spawn } from 'node:child_process';

/** As much of a program's output as is kept: its end says what went wrong. */
const keptCharacters = 200_000;

/**
 * Runs a program and answers its exit code and output. `onOutput` gets each piece; aborting `signal` kills the program and
 * rejects with the reason. When this process is told to stop meanwhile, the program is told the same, and this process ends
 * with it.
 */
export async function capture(command, args, { cwd, env, onOutput = () => {}, signal }) {
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-keptCharacters);
      onOutput(text);
    });
  }
  let stoppedBy;
  const stop = (name) => {
    stoppedBy = name;
    child.kill(name);
  };
  const signals = ['SIGINT', 'SIGTERM'];
  for (const name of signals) process.on(name, stop);
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', (error) => reject(signal?.aborted ? signal.reason : error));
      child.once('close', resolve);
    });
    return { code, output };
  } finally {
    for (const name of signals) process.off(name, stop);
    // With its own listener gone the signal now ends this process, as it would have at first.
    if (stoppedBy) process.kill(process.pid, stoppedBy);
  }
}
