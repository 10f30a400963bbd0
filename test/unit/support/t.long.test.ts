import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');

// Vitest reads every source for it.
it('npm run t -- FILE runs the fast tests that lead to a source, directly or by way of others', () => {
  const { INIT_CWD: _, ...env } = process.env;
  const run = spawnSync(process.execPath, ['test/support/t.ts', 'core/windows/zone-offset.ts', '--list'], {
    ...{ cwd: root, env, encoding: 'utf8' },
  });
  const tests = run.stdout.split('\n').filter((line) => line.endsWith('.test.ts'));

  expect(run.status).toBe(0);
  expect(tests).toContain('test/unit/core/windows/window-state.test.ts');
  expect(tests).toContain('test/unit/pipeline/operation/window.test.ts');
  expect(tests).not.toContain('test/unit/names.test.ts');
  expect(tests.filter((test) => /^test\/(e2e|long|scenarios)/.test(test))).toEqual([]);
});
