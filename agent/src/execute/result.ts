import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { ClearmlApiError } from '@arno/protocol/clearml';
import type { Server } from '../server.ts';
import { TaskProblem } from './problem.ts';

const largest = 16 * 1024 * 1024;
const previewSize = 65_536;
const uploadLimit = 5 * 60_000;

/**
 * The result that the task wrote, or undefined when it wrote none. Throws a `TaskProblem` when it is too large or not JSON:
 * whoever waits for the result must not take its absence for an answer.
 */
export async function readResult(path: string): Promise<Buffer | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    if (size > largest) {
      throw new TaskProblem(
        `The result has ${size} bytes`,
        `at most ${largest} are stored; upload it as an artifact`,
      );
    }
    const bytes = await file.readFile();
    if (bytes.length === 0) return undefined;
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return bytes;
  } catch (error) {
    if (error instanceof TaskProblem) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TaskProblem(
      `The result in ARNO_RESULT_FILE is not JSON (${reason})`,
      'write one JSON value in UTF-8',
    );
  } finally {
    await file.close();
  }
}

/** A name as one part of a path on the file server, which needs no quoting anywhere. */
function pathPart(name: string, longest: number): string {
  return (
    name
      .replace(/[^\w.()-]+/g, '_')
      .replace(/^\.+/, '_')
      .slice(0, longest) || '_'
  );
}

export interface ResultOwner {
  id: string;
  name: string;
  /** Full name of the project, with slashes between its levels. */
  project: string;
}

function resultPath(owner: ResultOwner): string {
  const project = owner.project.split('/').map((part) => pathPart(part, 80));
  return [...project, `${pathPart(owner.name, 80)}.${owner.id}`, 'artifacts', 'result', 'result.json'].join(
    '/',
  );
}

/** Sends the file to the file server in the form the SDK uses: the name of the field is the path. */
async function upload(server: Server, filesHost: string, path: string, bytes: Buffer): Promise<void> {
  const form = new FormData();
  form.append(path, new Blob([new Uint8Array(bytes)], { type: 'application/json' }), 'result.json');
  const response = await fetch(filesHost, {
    method: 'POST',
    headers: { authorization: `Bearer ${await server.token()}` },
    body: form,
    signal: AbortSignal.timeout(uploadLimit),
  });
  await response.body?.cancel();
  if (response.ok) return;
  throw new ClearmlApiError(
    'file server',
    response.status,
    0,
    `answered HTTP ${response.status} to the upload`,
  );
}

/** Stores the result as the artifact `result` of the task. */
export async function storeResult(
  server: Server,
  filesHost: string,
  owner: ResultOwner,
  bytes: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const path = resultPath(owner);
  await server.patiently(() => upload(server, filesHost, path, bytes), signal);
  const artifact = {
    key: 'result',
    // The SDK's `Artifact.get()` reads this type back as the value itself.
    type: 'JSON',
    mode: 'output' as const,
    uri: `${filesHost}/${path}`,
    content_size: bytes.length,
    hash: createHash('sha256').update(bytes).digest('hex'),
    timestamp: Math.floor(Date.now() / 1000),
    type_data: { content_type: 'application/json', preview: bytes.toString('utf8').slice(0, previewSize) },
  };
  await server.insist(
    'tasks.add_or_update_artifacts',
    { task: owner.id, artifacts: [artifact], force: true },
    signal,
  );
}
