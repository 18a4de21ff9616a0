import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, freePorts, root } from '../../acceptance/lib/environment.ts';
import { startProgram } from '../../acceptance/lib/process.ts';
import { until } from '../../acceptance/lib/wait.ts';

/** A server that a benchmark started. */
export interface Peer {
  url: string;
  stop(): Promise<void>;
}

interface Start {
  /** Directory for its files. */
  folder: string;
  /** Puts it on its cores. */
  runner: string[];
}

/** A model that answers at once: what is measured is the way to it. A server of Node.js, as the serving runtime is. */
export async function startUpstream({ runner }: Start): Promise<Peer> {
  const [port] = await freePorts(1);
  const source = `
    require('node:http').createServer((request, response) => {
      request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{"digit":5}'));
    }).listen(${port}, '127.0.0.1');`;
  const words = [...runner, process.execPath, '-e', source];
  return started('bench-upstream', words, `http://127.0.0.1:${port}`, process.env);
}

/** The model behind nginx, with connections to it kept open. One worker, as the other gateways are one process; nothing is logged. */
export async function startProxy({ folder, runner }: Start, upstream: Peer): Promise<Peer> {
  const [port] = await freePorts(1);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${join(folder, kind)};`)
    .join(' ');
  const configuration = join(folder, 'nginx.conf');
  await writeFile(
    configuration,
    `daemon off; worker_processes 1; pid ${join(folder, 'nginx.pid')}; error_log stderr;
    events { worker_connections 1024; }
    http {
      access_log off; keepalive_timeout 600; keepalive_requests 1000000000; ${temporary}
      upstream model { server ${new URL(upstream.url).host}; keepalive 64; keepalive_requests 1000000000; }
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; }
      }
    }`,
  );
  const nginx = [findProgram('nginx'), '-p', folder, '-e', 'stderr', '-c', configuration];
  return started('bench-nginx', [...runner, ...nginx], `http://127.0.0.1:${port}`, process.env);
}

/** The lab's old design: bench/legacy. `store` puts its log service on its cores. */
export async function startLegacy({ folder, runner }: Start, store: string[], upstream: Peer): Promise<Peer> {
  const [port, logPort] = await freePorts(2);
  const log = await startUvicorn('log_service', store, logPort, { LOG_FILE: join(folder, 'legacy.sqlite') });
  const env = { MODEL_URL: upstream.url, LOG_URL: `${log.url}/rows` };
  const gateway = await startUvicorn('gateway', runner, port, env);
  return {
    url: `${gateway.url}/clearml/serve/ondemand`,
    async stop() {
      await gateway.stop();
      await log.stop();
    },
  };
}

function startUvicorn(app: string, runner: string[], port = 0, env: NodeJS.ProcessEnv = {}): Promise<Peer> {
  const python = join(root, '.cache', 'python-bench', 'bin', 'python');
  const uvicorn = [python, '-m', 'uvicorn', `${app}:app`, '--app-dir', join(root, 'bench', 'legacy')];
  const options = ['--port', `${port}`, '--log-level', 'warning'];
  return started(`bench-${app}`, [...runner, ...uvicorn, ...options], `http://127.0.0.1:${port}`, {
    ...process.env,
    ...env,
  });
}

async function started(label: string, words: string[], url: string, env: NodeJS.ProcessEnv): Promise<Peer> {
  const [command = '', ...args] = words;
  const program = startProgram(label, command, args, { env });
  let end: unknown;
  void program.ended.then((code) => {
    end = code;
  });
  await until(`${label} answers`, async () => {
    if (end !== undefined) throw new Error(`${label} ended with ${end}:\n${program.output()}`);
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    return answer !== undefined;
  });
  return {
    url,
    async stop() {
      program.signal('SIGTERM');
      await program.ended;
    },
  };
}
