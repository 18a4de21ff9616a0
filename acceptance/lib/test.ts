import { basename } from 'node:path';
import { test as base, expect } from 'vitest';
import { type Arno, removeHome, startArno } from './arno.ts';

export { expect };

/** Tests that share one running Arno: started for the first test of a file that asks for it, stopped after the last. */
export const test = base.extend<{ arno: Arno }>({
  arno: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const arno = await startArno({ label: currentFile() });
      await use(arno);
      await arno.stop();
      await removeHome(arno);
    },
    { scope: 'file' },
  ],
});

/** Names what a test file starts, for its log. */
export function currentFile(): string {
  return basename(expect.getState().testPath ?? 'arno', '.test.ts');
}
