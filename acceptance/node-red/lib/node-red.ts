import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Data } from '../../lib/clearml.ts';
import { cleanEnvironment, freePorts, root } from '../../lib/environment.ts';
import { runProgram, startProgram } from '../../lib/process.ts';
import { until } from '../../lib/wait.ts';

/** Where the versions are that the nodes are tested with; `npm test` fetches the older one. */
const versions = {
  4: join(root, 'node_modules', 'node-red'),
  3: join(root, '.cache', 'node-red-3', 'node_modules', 'node-red'),
};

export interface NodeRedOptions {
  label: string;
  version?: keyof typeof versions;
  /** Beside those that every test has, for settings.js. */
  settings?: object;
  env?: NodeJS.ProcessEnv;
}

/** A real Node-RED with our package in it. */
export interface NodeRed {
  url: string;
  /** What it wrote until now. */
  output(): string;
  /** Replaces all flows, as the editor's Deploy does; credentials stand in their nodes. */
  deploy(flows: object[]): Promise<void>;
  /** The deployed flows without secrets. */
  flows(): Promise<Data[]>;
  /** Presses the button of an inject node. */
  inject(id: string): Promise<void>;
  /** A file of its folder. */
  file(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts Node-RED in a folder of its own, into which the packed package was installed as people do it. */
export async function startNodeRed(options: NodeRedOptions): Promise<NodeRed> {
  const { label, version = 4, settings = {}, env = {} } = options;
  const folder = await mkdtemp(join(tmpdir(), 'arno-node-red-'));
  await installPackage(label, folder);
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const all = {
    uiPort: port,
    uiHost: '127.0.0.1',
    flowFile: 'flows.json',
    credentialSecret: 'a secret of the tests',
    editorTheme: { tours: false },
    telemetry: { enabled: false, updateNotification: false },
    ...settings,
  };
  await writeFile(join(folder, 'settings.js'), `module.exports = ${JSON.stringify(all)};\n`);
  const program = startProgram(
    label,
    process.execPath,
    [join(versions[version], 'red.js'), '--userDir', folder],
    { cwd: folder, env: { ...withoutProxy(cleanEnvironment(folder)), ...env } },
  );
  const nodeRed = {
    url,
    output: program.output,
    file: (name: string) => readFile(join(folder, name), 'utf8'),
  };
  async function stop() {
    program.signal('SIGTERM');
    await program.ended;
    await rm(folder, { recursive: true, force: true });
  }
  try {
    await until('Node-RED answers', async () => (await fetch(`${url}/flows`).catch(() => undefined))?.ok);
  } catch (error) {
    await stop();
    throw new Error(`Node-RED did not start:\n${program.output()}`, { cause: error });
  }
  return { ...nodeRed, ...adminOf(url), stop };
}

/** Packs the built package and installs the tarball; nothing comes from a registry. */
async function installPackage(label: string, folder: string): Promise<void> {
  const packed = join(folder, 'packed');
  await mkdir(packed);
  const env = cleanEnvironment(folder);
  const npm = async (...args: string[]) => {
    const { code, output } = await runProgram(`${label}-npm`, 'npm', args, { cwd: folder, env });
    if (code !== 0) throw new Error(`npm ${args.join(' ')}: ${output}`);
    return output;
  };
  const [{ filename }] = JSON.parse(
    (await npm('pack', join(root, 'node-red'), '--json', '--silent', '--pack-destination', packed)).replace(
      /^[^[]*/,
      '',
    ),
  );
  await npm('install', '--offline', '--no-audit', '--no-fund', join(packed, filename));
}

/** Servers of a test are on this machine. */
function withoutProxy(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/_proxy$/i.test(name)));
}

function adminOf(url: string): Pick<NodeRed, 'deploy' | 'flows' | 'inject'> {
  async function call(method: string, path: string, body?: object) {
    const response = await fetch(`${url}/${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'node-red-deployment-type': 'full' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  }
  return {
    deploy: async (flows) => void (await call('POST', 'flows', flows)),
    flows: async () => JSON.parse(await call('GET', 'flows')),
    // The answer to a deployment comes before its nodes have started.
    inject: (id) =>
      until(`inject node ${id} is there`, async () => {
        return (await fetch(`${url}/inject/${id}`, { method: 'POST' })).ok;
      }).then(() => {}),
  };
}
