import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment, freePorts, root } from './environment.ts';
import { type Program, startProgram } from './process.ts';
import { until } from './wait.ts';

export interface StartOptions {
  /** Names the log file. */
  label: string;
  args?: string[];
  env?: NodeJS.ProcessEnv;
  /** A command with arguments that runs it, such as `taskset`. */
  runner?: string[];
  /** Options of Node.js. */
  engine?: string[];
  /** A home of an earlier start, to start again on its data. */
  home?: Home;
}

/** What stays the same over restarts: a directory of its own and four ports. */
export interface Home {
  folder: string;
  data: string;
  env: NodeJS.ProcessEnv;
  web: string;
  api: string;
  files: string;
  serving: string;
}

export interface Arno extends Home {
  program: Program;
  token: string;
  accessKey: string;
  secretKey: string;
  /** Ends it as Ctrl-C would and waits for it. */
  stop(): Promise<number | NodeJS.Signals>;
}

export async function createHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'arno-acceptance-'));
  // As root, PostgreSQL runs as another user, who has to pass this directory.
  await chmod(folder, 0o755);
  const [web, api, files, serving] = await freePorts(4);
  const data = join(folder, 'data');
  // The official packages leave temporary files behind: they go with the home.
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  await chmod(temporary, 0o1777);
  const env = {
    ...cleanEnvironment(folder),
    TMPDIR: temporary,
    ARNO_DATA: data,
    ARNO_WEB_PORT: `${web}`,
    ARNO_API_PORT: `${api}`,
    ARNO_FILES_PORT: `${files}`,
    ARNO_SERVING_PORT: `${serving}`,
  };
  const url = (port: number | undefined) => `http://127.0.0.1:${port}`;
  return { folder, data, env, web: url(web), api: url(api), files: url(files), serving: url(serving) };
}

/** Called when all its programs have ended; what they started may still write for a moment. */
export const removeHome = (home: Home) =>
  rm(home.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });

/** Starts the program without waiting for anything. */
export function launch(
  home: Home,
  { label, args = [], env = {}, runner = [], engine = [] }: StartOptions,
): Program {
  // Set by "npm test": see record-endpoints.mjs.
  const list = process.env.TEST_ENDPOINTS_FILE;
  const record = list ? ['--import', join(import.meta.dirname, 'record-endpoints.mjs')] : [];
  const program = join(root, 'server', 'dist', 'main.js');
  const [command = '', ...rest] = [...runner, process.execPath, ...engine, ...record, program, ...args];
  return startProgram(label, command, rest, {
    cwd: home.folder,
    env: { ...home.env, ...env, ...(list && { TEST_ENDPOINTS_FILE: list }) },
  });
}

/** Starts the real program on a directory and ports of its own and waits until all its roles are up. */
export async function startArno(options: StartOptions): Promise<Arno> {
  const home = options.home ?? (await createHome());
  const program = launch(home, options);
  try {
    await untilHealthy(home, program);
  } catch (error) {
    await end(program);
    if (!options.home) await removeHome(home);
    throw error;
  }
  const [conf, token] = await Promise.all([
    readFile(join(home.data, 'clearml.conf'), 'utf8'),
    readFile(join(home.data, 'token'), 'utf8'),
  ]);
  const key = (name: string) => new RegExp(`${name}"?\\s*[:=]\\s*"?([^"\\s}]+)`).exec(conf)?.[1] ?? '';
  return {
    ...home,
    program,
    token: token.trim(),
    accessKey: key('access_key'),
    secretKey: key('secret_key'),
    stop: () => end(program),
  };
}

function end(program: Program): Promise<number | NodeJS.Signals> {
  program.signal('SIGINT');
  return program.ended;
}

/** The first account, whose password the first start wrote beside its data. */
export async function adminOf(home: Home): Promise<{ username: string; password: string }> {
  const password = await readFile(join(home.data, 'admin-password'), 'utf8');
  return { username: 'admin', password: password.trim() };
}

async function untilHealthy(home: Home, program: Program): Promise<void> {
  let ended: number | NodeJS.Signals | undefined;
  program.ended.then((code) => {
    ended = code;
  });
  await until('GET /health answers 200', async () => {
    if (ended !== undefined)
      throw new Error(`Arno ended with ${ended} while it started:\n${program.output()}`);
    const answer = await fetch(`${home.web}/health`).catch(() => undefined);
    return answer?.status === 200;
  });
}
