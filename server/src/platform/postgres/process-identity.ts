import { readFile, readlink } from 'node:fs/promises';
import { run } from './command.ts';

/**
 * When a process started, as a text to compare: with its pid this names one process, although pids are used again.
 * Undefined when there is no such process. A zombie counts as none: in a container without an init they stay for ever.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    // The second field is the command in brackets and may itself hold spaces and brackets.
    const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields === undefined || /^[ZX]/.test(fields[0] ?? '') ? undefined : fields[19];
  }
  const { ok, stdout } = await run(['ps', '-o', 'stat=', '-o', 'lstart=', '-p', String(pid)]);
  return ok && !stdout.trim().startsWith('Z') ? stdout.trim().replace(/^\S+\s+/, '') : undefined;
}

/** Whether this live process is the postmaster of the cluster: its pid alone may by now belong to anything. */
export async function isPostmasterOf(clusterDir: string, pid: number): Promise<boolean> {
  if ((await processStart(pid)) === undefined) return false;
  if (process.platform === 'linux') {
    return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === clusterDir;
  }
  const { stdout } = await run(['ps', '-o', 'command=', '-p', String(pid)]);
  return stdout.includes(clusterDir);
}
