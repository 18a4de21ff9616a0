import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type LogEvent, TaskConsole } from '../src/execute/console.ts';
import type { Job, TaskDescription } from '../src/execute/executor.ts';
import { createTestFolder } from './folder.ts';

/** A job in a temporary folder whose console is kept in memory. */
export function createTestJob(task: TaskDescription, environment: Record<string, string> = {}) {
  const dir = createTestFolder();
  const folder = join(dir, 'task');
  mkdirSync(folder);
  const events: LogEvent[] = [];
  const end = new AbortController();
  const console = new TaskConsole({
    task: 't1',
    worker: 'w1',
    secrets: ['s3cret'],
    send: async (batch) => events.push(...batch),
    onRefused: (error) => {
      throw error;
    },
  });
  const env = { ...(process.env as Record<string, string>), ...environment };
  const resultFile = join(folder, 'result.json');
  const job: Job = {
    id: 't1',
    task,
    folder,
    resultFile,
    variables: { ...env, ARNO_RESULT_FILE: resultFile },
    tools: { env, console, signal: end.signal },
  };
  /** The console as a reader sees it, sorted by time. */
  const lines = async () => {
    await console.close();
    return [...events].sort((a, b) => a.timestamp - b.timestamp).flatMap((event) => event.msg.split('\n'));
  };
  return { job, dir, end, events, lines };
}
