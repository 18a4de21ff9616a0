import { writeFileSync } from 'node:fs';

/**
 * Counts what ran, for the last line of "npm test". What could not run counts as failed: a file that does not load, an error
 * outside any test, a skipped test.
 */
export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) counts[test.result().state === 'passed' ? 'passed' : 'failed'] += 1;
      const broken =
        module.errors().length + [...module.children.allSuites()].flatMap((suite) => suite.errors()).length;
      if (broken > 0 || tests.length === 0) counts.failed += Math.max(broken, 1);
    }
    writeFileSync(process.env.TEST_COUNTS_FILE, JSON.stringify(counts));
  }
}
