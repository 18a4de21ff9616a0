import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Workspace packages resolve to their sources, so that a test sees a change without a build; the rest are Vite's own defaults.
const conditions = ['source', 'module', 'node', 'development|production'];
// What is waited for comes; how soon is up to the machine.
const patient = { poll: { timeout: 20_000 } };
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };
// The server's packages as Node.js itself finds them: of some, the files for bundlers are none that it can read.
const asInNode = {
  resolve: { conditions: ['source', 'node'], mainFields: [] },
  ssr: { resolve: { conditions: ['source', 'node'], mainFields: [] } },
};

/** Small tests wait for PostgreSQL a good part of their time: two at a time keep two cores busy, where Vitest would run one. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

/** Vitest begins with the largest files. These are not large and take a minute or more: begun last they would run alone. */
const longFiles =
  /acceptance\/(sdk-scripts|gateway\/keycloak|official-agent-restart|gateway\/crash|gateway-only|console\/pages)\.test/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => longFiles.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          maxWorkers,
          include: ['{protocol,agent,serving,web,node-red}/src/**/*.test.{ts,tsx}'],
          expect: patient,
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        ...asInNode,
        test: {
          name: 'server',
          maxWorkers,
          include: ['server/{src,test}/**/*.test.ts'],
          globalSetup: ['server/test/global-setup.ts'],
          expect: patient,
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'acceptance',
          include: ['acceptance/**/*.test.ts'],
          // Each file runs a whole Arno, so they come after the small tests and two at a time.
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          expect: { poll: { timeout: 120_000 } },
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
