import { arch, cpus, freemem, loadavg, platform, release, totalmem } from 'node:os';
import type { Scope } from '../clearml/endpoint.ts';
import { migrations } from '../features/system/index.ts';
import { hideSecrets } from '../gateway/index.ts';
import type { ConsoleOptions } from './context.ts';
import { systemHealth } from './system-health.ts';

/** Below this a secret is a word that occurs anywhere; the patterns find it where it stands for one. */
const leastSecretChars = 4;

/** All that helps to find a fault, and nothing that lets anybody in: a JSON document for people. */
export async function supportBundle(scope: Scope, options: ConsoleOptions): Promise<string> {
  const { server } = options;
  const [health, files, applied] = await Promise.all([
    systemHealth(scope, options),
    server.files.report(),
    migrations(scope.db),
  ]);
  const bundle = {
    made_at: scope.now.toISOString(),
    health,
    files,
    roles: [...server.roles],
    settings: server.settings,
    migrations: applied,
    machine: {
      ...{ platform: platform(), release: release(), arch: arch(), processors: cpus().length },
      ...{ memory_bytes: totalmem(), free_memory_bytes: freemem(), load: loadavg() },
    },
    process: { versions: process.versions, memory_bytes: process.memoryUsage(), uptime_s: process.uptime() },
    log: server.recentLog().map(logLine),
  };
  return `${JSON.stringify(redacted(bundle, server.secrets), null, 2)}\n`;
}

/** A line as what it says; what is no JSON stays a text. */
function logLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

const secretName = /token|secret|passw|pwd|cookie|authorization|credential|(api|access|private)[-_]?key/i;

/** A copy without secrets: by the names of fields, by the known ones, and by what tokens and addresses look like. */
export function redacted(value: unknown, secrets: readonly string[]): unknown {
  const known = secrets.filter((secret) => secret.length >= leastSecretChars);
  return copy(value);

  function copy(part: unknown): unknown {
    if (typeof part === 'string') return hideSecrets(withoutQueries(part), known);
    if (part instanceof Date) return part.toISOString();
    if (Array.isArray(part)) return part.map(copy);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([name, inner]) => [
        hideSecrets(name, known),
        isSecret(name, inner) ? '***' : copy(inner),
      ]),
    );
  }
}

/** Counts and switches are no secrets, whatever they are called. */
function isSecret(name: string, value: unknown): boolean {
  return secretName.test(name) && typeof value !== 'number' && typeof value !== 'boolean' && value !== null;
}

/** Addresses carry signatures and codes of logins in their queries, and credentials of any scheme in headers. */
function withoutQueries(text: string): string {
  return text.replace(/([\w/.-])\?[^\s"'<>)]+/g, '$1?***').replace(/\b(basic +)[\w+/-]{8,}=*/gi, '$1***');
}
