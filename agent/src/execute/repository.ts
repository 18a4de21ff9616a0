import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../lock.ts';
import type { Exit } from './command.ts';
import { TaskProblem } from './problem.ts';
import { readTool, runTool, type Tools } from './tools.ts';

const networkLimit = 15 * 60_000;
const localLimit = 5 * 60_000;
/** Blank context lines at the end of a diff that a server may have stripped; git writes at most three. */
const mostStrippedLines = 3;

export interface Revision {
  commit?: string;
  tag?: string;
  branch?: string;
}

/** A repository address as people may read it: without the user and password in it. */
export function publicAddress(address: string): string {
  return address.replace(/:\/\/[^/@\s]*@/, '://');
}

/**
 * Takes only addresses that name a server or a folder. Git knows others that run programs (`ext::`), and would read one that
 * begins with a dash as an option.
 */
export function checkAddress(address: string): void {
  const url = /^(https?|ssh|git|file):\/\/[^\s-]\S*$/.test(address);
  const scp = /^[\w.][\w.-]*@[\w.][\w.-]*:[^\s:-]\S*$/.test(address);
  const folder = /^\/[^\n\r\0]*$/.test(address);
  if (url || scp || folder) return;
  throw new TaskProblem(
    `The repository address ${JSON.stringify(publicAddress(address))} is not accepted`,
    'use an http, https, ssh, git or file address',
  );
}

function checkRevision({ commit, tag, branch }: Revision): void {
  if (commit && !/^[0-9a-f]{4,64}$/i.test(commit)) {
    throw new TaskProblem(`"${commit}" is not a commit`, 'give its hash as script.version_num');
  }
  for (const name of [tag, branch]) {
    // What git-check-ref-format forbids, and a leading dash.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    if (name && /^-|\.\.|@\{|[\x00-\x20\x7f~^:?*[\\]|\/\/|\/$|\.lock$|\.$/.test(name)) {
      throw new TaskProblem(`"${name}" is not a name of a branch or tag`, 'correct it in the task');
    }
  }
}

/** Git without questions to a person, without transports that run programs, without another repository's settings. */
function gitTools(tools: Tools): Tools {
  return {
    ...tools,
    env: {
      GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=30',
      ...tools.env,
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: 'http:https:ssh:git:file',
      GIT_ADVICE: '0',
      LC_ALL: 'C.UTF-8',
    },
  };
}

function gitMissing(exit: Exit): void {
  if (exit.startError?.code !== 'ENOENT') return;
  throw new TaskProblem('There is no git on the machine of this agent', 'install git there');
}

/** Brings the machine's copy of the repository up to date, or makes it. */
async function updateMirror(address: string, mirror: string, tools: Tools): Promise<void> {
  const fresh = !existsSync(join(mirror, 'HEAD'));
  if (fresh) await rm(mirror, { recursive: true, force: true });
  const args = fresh
    ? ['clone', '--quiet', '--mirror', '--', address, mirror]
    : ['--git-dir', mirror, 'fetch', '--quiet', '--prune', 'origin'];
  const exit = await runTool('git', args, '/', networkLimit, tools);
  gitMissing(exit);
  if (exit.code === 0) return;
  if (fresh) await rm(mirror, { recursive: true, force: true });
  throw new TaskProblem(
    `The repository ${publicAddress(address)} could not be cloned`,
    exit.timedOut
      ? `it took longer than ${networkLimit / 60_000} minutes`
      : 'check its address, and that the machine of this agent reaches it and may read it',
  );
}

/** Hash of a commit that the mirror has. */
async function findCommit(mirror: string, name: string, tools: Tools): Promise<string | undefined> {
  const args = [
    '--git-dir',
    mirror,
    'rev-parse',
    '--quiet',
    '--verify',
    '--end-of-options',
    `${name}^{commit}`,
  ];
  const { code, output } = await readTool('git', args, '/', localLimit, tools);
  return code === 0 ? output.trim() : undefined;
}

/** The commit to check out. A mirror that has it needs no network. */
async function resolveRevision(
  address: string,
  mirror: string,
  { commit, tag, branch }: Revision,
  tools: Tools,
): Promise<string> {
  const known = commit && existsSync(mirror) ? await findCommit(mirror, commit, tools) : undefined;
  if (known) return known;
  await updateMirror(address, mirror, tools);
  const name = commit ?? (tag ? `refs/tags/${tag}` : branch ? `refs/heads/${branch}` : 'HEAD');
  const found = await findCommit(mirror, name, tools);
  if (found) return found;
  const what = commit
    ? `commit ${commit}`
    : tag
      ? `tag ${tag}`
      : branch
        ? `branch ${branch}`
        : 'default branch';
  throw new TaskProblem(
    `The ${what} is not in the repository ${publicAddress(address)}`,
    'push it there before the task is queued',
  );
}

async function checkOut(
  mirror: string,
  address: string,
  commit: string,
  root: string,
  tools: Tools,
): Promise<void> {
  const steps = [
    ['clone', '--quiet', '--no-checkout', '--', mirror, root],
    ['-C', root, 'remote', 'set-url', 'origin', address],
    ['-C', root, '-c', 'advice.detachedHead=false', 'checkout', '--quiet', '--detach', commit],
  ];
  for (const step of steps) {
    const exit = await runTool('git', step, '/', localLimit, tools);
    if (exit.code !== 0) {
      throw new TaskProblem(`Commit ${commit} could not be checked out`, 'see the lines below');
    }
  }
}

async function fetchSubmodules(root: string, tools: Tools): Promise<void> {
  if (!existsSync(join(root, '.gitmodules'))) return;
  const args = ['-C', root, 'submodule', '--quiet', 'update', '--init', '--recursive'];
  const exit = await runTool('git', args, '/', networkLimit, tools);
  if (exit.code === 0) return;
  throw new TaskProblem(
    'A submodule of the repository could not be cloned',
    'check its address, and that the machine of this agent may read it',
  );
}

/** Applies the changes that were not committed when the task was made. */
async function applyDiff(diff: string, root: string, folder: string, tools: Tools): Promise<void> {
  const file = join(folder, 'uncommitted.diff');
  for (let stripped = 0; stripped <= mostStrippedLines; stripped++) {
    await writeFile(file, `${diff}\n${' \n'.repeat(stripped)}`);
    const args = ['-C', root, 'apply', '--whitespace=nowarn', '--', file];
    const attempt = await readTool('git', args, '/', localLimit, tools);
    if (attempt.code === 0) return;
    if (/corrupt patch/.test(attempt.output) && stripped < mostStrippedLines) continue;
    tools.console.say(attempt.output.trim(), 'error');
    break;
  }
  throw new TaskProblem(
    'The uncommitted changes of the task do not apply to its commit',
    'make the task again from a clean checkout, or commit and push the changes',
  );
}

/**
 * Checks the repository out at the commit, else tag, else branch, else its default branch, and applies the diff. Repositories
 * are kept as mirrors in `cache`. Throws a `TaskProblem` when any of this is not possible.
 */
export async function checkOutRepository(
  source: { address: string; revision: Revision; diff: string },
  folders: { root: string; task: string; cache: string },
  tools: Tools,
): Promise<void> {
  const { address, revision, diff } = source;
  checkAddress(address);
  checkRevision(revision);
  const git = gitTools(tools);
  await mkdir(folders.cache, { recursive: true });
  const mirror = join(
    folders.cache,
    `${createHash('sha256').update(address).digest('hex').slice(0, 32)}.git`,
  );
  await withLock(mirror, tools.signal, async () => {
    const commit = await resolveRevision(address, mirror, revision, git);
    tools.console.say(`Checking out commit ${commit} of ${publicAddress(address)}`);
    await checkOut(mirror, address, commit, folders.root, git);
  });
  await fetchSubmodules(folders.root, git);
  if (diff.trim() !== '') await applyDiff(diff, folders.root, folders.task, git);
}
