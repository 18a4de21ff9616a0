import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

// One for each test file, because Vitest loads this module anew for each.
const root = realpathSync(mkdtempSync(join(tmpdir(), 'arno-agent-test-')));

// The programs that tests end may still write for a moment.
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));

/** An empty folder that is removed after the last test of the file. */
export function createTestFolder(): string {
  return mkdtempSync(join(root, 'folder-'));
}
