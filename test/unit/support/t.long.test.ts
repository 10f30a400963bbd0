import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');

/** What `npm run t` with these words would run, by Vitest itself. */
function listed(...words: string[]) {
  const { INIT_CWD: _, ...env } = process.env;
  const run = spawnSync(process.execPath, ['test/support/t.ts', ...words, '--list'], {
    ...{ cwd: root, env, encoding: 'utf8' },
  });
  const tests = run.stdout.split('\n').filter((line) => line.endsWith('.test.ts'));
  return { code: run.status, stderr: run.stderr, tests: tests.sort() };
}

// For the most of them Vitest reads every source.
describe('npm run t -- FILE', () => {
  it('runs the fast tests that lead to a source, directly or by way of others', () => {
    const { code, tests } = listed('core/windows/zone-offset.ts');

    expect(code).toBe(0);
    expect(tests).toContain('test/unit/core/windows/window-state.test.ts');
    expect(tests).toContain('test/unit/pipeline/operation/window.test.ts');
    expect(tests).not.toContain('test/unit/names.test.ts');
    expect(tests.filter((test) => /^test\/(e2e|long|scenarios)/.test(test))).toEqual([]);
  });

  it('runs a test of each kind in its project', () => {
    const tests = [
      'test/alerts/return.test.ts',
      'test/e2e/alert.long.test.ts',
      'test/long/kill.test.ts',
      'test/scenarios/approvals.test.ts',
      'test/unit/names.test.ts',
    ];

    expect(listed(...tests)).toMatchObject({ code: 0, tests });
  });

  it('says what to name when nothing is called like that', () => {
    const { code, stderr } = listed('no-such-thing');

    expect(code).toBe(2);
    expect(stderr).toContain('No source and no test has "no-such-thing" in its path');
  });
});
