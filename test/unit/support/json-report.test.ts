import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import JsonReport from '../../support/json-report.mjs';

const root = join(import.meta.dirname, '..', '..', '..');
const browser = 'the console in a browser (no Chromium was found)';
/** As much of jest's results as the reporter reads: in one file one test passed, three were skipped for two reasons. */
const results = {
  numPassedTests: 1,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  numPendingTests: 3,
  numTodoTests: 0,
  testResults: [
    {
      testFilePath: join(root, 'test', 'e2e', 'console.test.ts'),
      testResults: [
        { status: 'passed', ancestorTitles: ['words'], title: 'are plain' },
        { status: 'pending', ancestorTitles: [browser], title: 'shows both environments' },
        { status: 'pending', ancestorTitles: [browser, 'signed in'], title: 'signs out' },
        { status: 'pending', ancestorTitles: [], title: 'is not ready' },
      ],
    },
  ],
};
const named = [
  `2 tests of test/e2e/console.test.ts, ${browser}`,
  '1 test of test/e2e/console.test.ts, is not ready',
] as const;

describe('the end of a test run', () => {
  let folder: string;
  let lines: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-report-'));
    lines = [];
    process.env.SLUICE_TEST_REPORT = join(folder, 'report.json');
  });
  afterEach(() => {
    delete process.env.SLUICE_TEST_REPORT;
    rmSync(folder, { recursive: true });
  });
  const end = (given: object) =>
    new JsonReport({ rootDir: root }, {}, {}, (line) => void lines.push(line)).onRunComplete([], given);
  const counts = () =>
    execFileSync(process.execPath, ['.ci/counts.mjs', join(folder, 'report.json')], { cwd: root, encoding: 'utf8' });

  it('names what was skipped, and why, in one line', () => {
    end(results);

    expect(lines).toEqual([`Skipped: ${named.join('; ')}.`]);
  });

  it('says nothing of the kind when nothing was', () => {
    end({ ...results, numPendingTests: 0, testResults: [] });

    expect(lines).toEqual([]);
    expect(counts()).toBe('1 passed, 0 failed\n');
  });

  it('is told by CI in the same words, before its closing line of counts', () => {
    end(results);

    expect(counts()).toBe(`Skipped: ${named[0]}.\nSkipped: ${named[1]}.\n1 passed, 0 failed, 3 skipped\n`);
  });
});
