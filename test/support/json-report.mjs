import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * A jest reporter. It ends the run with a line that names every test file of which something was skipped, with the title of the outermost
 * `describe`, which says why; and it writes jest's own totals to the file that SLUICE_TEST_REPORT names, if it names one.
 */
export default class JsonReport {
  // jest prints its summary after every other reporter.
  constructor(config, _options, _context, close = (line) => void process.once('exit', () => console.error(line))) {
    this.root = config.rootDir;
    this.close = close;
  }

  onRunComplete(_contexts, results) {
    const skipped = skippedTests(results.testResults, this.root);
    if (skipped.length > 0) this.close(`Skipped: ${skipped.join('; ')}.`);
    const file = process.env.SLUICE_TEST_REPORT;
    if (!file) return;
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = results;
    writeFileSync(
      file,
      JSON.stringify({
        numPassedTests,
        numFailedTests,
        numRuntimeErrorTestSuites,
        numPendingTests,
        numTodoTests,
        skipped,
      }),
    );
  }
}

/** `3 tests of test/e2e/console.test.ts, the console in a browser (no Chromium was found)` */
function skippedTests(testResults, root) {
  return testResults.flatMap(({ testFilePath, testResults: tests }) => {
    const counts = new Map();
    for (const { status, ancestorTitles, title } of tests) {
      if (status !== 'pending' && status !== 'todo') continue;
      const group = ancestorTitles[0] ?? title;
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    const path = relative(root, testFilePath);
    return [...counts].map(([group, count]) => `${count} ${count === 1 ? 'test' : 'tests'} of ${path}, ${group}`);
  });
}
