import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';
import { encodedPath, type FilePorts, pathOfUrl } from './paths.ts';

/**
 * Those of the paths that something still refers to: an artifact of any task, a model, an event or a report, whoever's it is. A
 * reference to a folder, such as a model of several files, is one to all that lies in it.
 */
export async function findReferenced(
  db: Db,
  paths: readonly string[],
  ports: FilePorts,
): Promise<Set<string>> {
  if (paths.length === 0) return new Set();
  const urls = new Set(paths.flatMap(withFolders).map((path) => `/${encodedPath(path)}`));
  const { rows } = await sql<{ key: string }>`
    SELECT DISTINCT file_key(url) AS key FROM unnest(${[...urls]}::text[]) AS url`.execute(db);
  const found = await urlsWithKeys(
    db,
    rows.map(({ key }) => key),
  );
  const references = new Set(found.map((url) => pathOfUrl(url, ports)));
  return new Set(paths.filter((path) => withFolders(path).some((part) => references.has(part))));
}

/** The path and the folders it lies in: of `a/b/c` these are `a`, `a/b` and `a/b/c`. */
function withFolders(path: string): string[] {
  const segments = path.split('/');
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

/** Addresses that something refers to; each condition is one of an index. */
async function urlsWithKeys(db: Db, keys: string[]): Promise<string[]> {
  const { rows } = await sql<{ url: string }>`
    SELECT artifact.value->>'uri' AS url FROM tasks, jsonb_each(artifacts) AS artifact
    WHERE artifacts <> '{}' AND artifact_file_keys(artifacts) && ${keys}::text[]
    UNION SELECT unnest(report_assets) FROM tasks
    WHERE report_assets <> '{}' AND file_keys(report_assets) && ${keys}::text[]
    UNION SELECT uri FROM models WHERE uri IS NOT NULL AND file_key(uri) = ANY(${keys}::text[])
    UNION SELECT url FROM event_documents WHERE url IS NOT NULL AND file_key(url) = ANY(${keys}::text[])
    UNION SELECT unnest(source_urls) FROM event_documents
    WHERE source_urls <> '{}' AND file_keys(source_urls) && ${keys}::text[]`.execute(db);
  return rows.flatMap(({ url }) => url ?? []);
}
