import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

/** What `.ci/counts.mjs` adds up. */
export interface TestReport {
  readonly passed: number;
  /** With files that could not be loaded, and errors outside of any test. */
  readonly failed: number;
  readonly skipped: number;
  /** `3 tests of test/e2e/console.test.ts, the console in a browser (no Chromium was found)` */
  readonly skippedTests: readonly string[];
}

/**
 * A reporter of Vitest. It ends the run with a line that names every test file of which something was skipped, with the title of the outermost
 * `describe`, which says why (not when only tests of a name were asked for); and it writes the totals to the file that SLUICE_TEST_REPORT names, if it names one.
 */
export default class JsonReport implements Reporter {
  private readonly close: (line: string) => void;
  private asked: 'all' | 'by name' = 'all';

  // Vitest prints its summary after this.
  constructor(_options?: object, close = (line: string) => void process.once('exit', () => console.error(line))) {
    this.close = close;
  }

  onInit({ config }: Vitest): void {
    this.asked = config.testNamePattern === undefined ? 'all' : 'by name';
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly object[]): void {
    const report = reportOf(modules, unhandled.length);
    if (this.asked === 'all' && report.skippedTests.length > 0)
      this.close(`Skipped: ${report.skippedTests.join('; ')}.`);
    const { SLUICE_TEST_REPORT: file } = process.env;
    if (file) writeFileSync(file, JSON.stringify(report));
  }
}

function reportOf(modules: readonly TestModule[], unhandled: number): TestReport {
  const count = (state: 'passed' | 'failed' | 'skipped') =>
    modules.reduce((sum, { children }) => sum + [...children.allTests(state)].length, 0);
  // A hook that fails, too, is told by its suite alone.
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
  const broken = suites.filter((suite) => suite.errors().length > 0).length;
  return {
    passed: count('passed'),
    failed: count('failed') + broken + unhandled,
    skipped: count('skipped'),
    skippedTests: modules.flatMap(skippedOf),
  };
}

function skippedOf({ relativeModuleId, children }: TestModule): string[] {
  const counts = new Map<string, number>();
  for (const test of children.allTests('skipped')) {
    const group = outermost(test);
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return [...counts].map(
    ([group, count]) => `${count} ${count === 1 ? 'test' : 'tests'} of ${relativeModuleId}, ${group}`,
  );
}

/** The title of the outermost `describe` round a test, or its own. */
function outermost(test: TestCase): string {
  let title = test.name;
  for (let at = test.parent; at.type === 'suite'; at = at.parent) title = at.name;
  return title;
}
