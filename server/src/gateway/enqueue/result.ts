import type { StoredFile } from '../tasks/task-backend.ts';

/** The file store as the gateway uses it. */
export interface ResultStore {
  /** The files of one task. */
  of(taskId: string): ResultFiles;
}

export interface ResultFiles {
  /** Where a caller can fetch a file without further rights for a while; the address itself when it is not in our store. */
  link(uri: string): string;
  /** Content of a file; undefined when it is not in our store, missing, or larger than `maxBytes`. */
  read(uri: string, maxBytes: number): Promise<Buffer | undefined>;
}

/** JSON below this size comes with the document. */
const maxInlineBytes = 1024 * 1024;

/** The artifact `result`: its JSON if that is small, else where to fetch it. */
export async function resultOf(
  artifact: StoredFile,
  files: ResultFiles,
): Promise<{ result: unknown } | { result_url: string }> {
  const isSmall = (artifact.size ?? 0) < maxInlineBytes;
  const content = isSmall ? await files.read(artifact.uri, maxInlineBytes) : undefined;
  const result = content && parsed(content);
  return result ?? { result_url: files.link(artifact.uri) };
}

function parsed(content: Buffer): { result: unknown } | undefined {
  try {
    return { result: JSON.parse(content.toString('utf8')) };
  } catch {
    // The SDK stores texts, images and pickles as artifacts too.
    return undefined;
  }
}
