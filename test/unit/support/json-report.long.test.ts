import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const reporter = join(root, 'test', 'support', 'json-report.ts');

/** Runs these test files, each a name with its text, with the reporter; the answer is what was printed at the end and the closing line of CI. */
function run(folder: string, files: Readonly<Record<string, string>>, ...flags: string[]) {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), `import { beforeAll, describe, expect, it } from 'vitest';\n${text}`);
  }
  const report = join(folder, 'report.json');
  const words = [
    'run',
    '--root',
    folder,
    '--config',
    join(folder, 'vitest.config.mjs'),
    ...Object.keys(files),
    ...flags,
  ];
  const { stderr } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...words], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, SLUICE_TEST_REPORT: report, VITEST: undefined },
  });
  const counts = execFileSync(process.execPath, ['.ci/counts.mjs', report], { cwd: root, encoding: 'utf8' });
  return { last: stderr.trimEnd().split('\n').at(-1), counts, report: JSON.parse(readFileSync(report, 'utf8')) };
}

describe('the end of a test run', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(root, 'node_modules', '.sluice-report-'));
    writeFileSync(
      join(folder, 'vitest.config.mjs'),
      `export default { cacheDir: '.', test: { include: ['*.check.ts'], reporters: ['default', ${JSON.stringify(reporter)}] } };`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('names what was skipped, and why, in one line; CI says it in the same words before its closing line', () => {
    const { last, counts } = run(folder, {
      'browser.check.ts': `
        it('is plain', () => {});
        describe.skip('the console in a browser (no Chromium was found)', () => {
          it('shows both environments', () => {});
          describe('signed in', () => void it('signs out', () => {}));
        });
        it.skip('is not ready', () => {});`,
    });

    const named = [
      '2 tests of browser.check.ts, the console in a browser (no Chromium was found)',
      '1 test of browser.check.ts, is not ready',
    ];
    expect(last).toBe(`Skipped: ${named.join('; ')}.`);
    expect(counts).toBe(`${named.map((line) => `Skipped: ${line}.\n`).join('')}1 passed, 0 failed, 3 skipped\n`);
  });

  it('says nothing of the kind when nothing was', () => {
    const { last, counts } = run(folder, { 'whole.check.ts': `it('is plain', () => {});` });

    expect(last ?? '').not.toContain('Skipped');
    expect(counts).toBe('1 passed, 0 failed\n');
  });

  it('does not name what was not asked for by its name', () => {
    const files = { 'named.check.ts': `it('is plain', () => {}); it('is another', () => {});` };

    expect(run(folder, files, '-t', 'plain').last ?? '').not.toContain('Skipped');
  });

  it('counts as failed what no test can fail for: a file that cannot be loaded, a hook, an error outside of every test', () => {
    const { report } = run(folder, {
      'test.check.ts': `it('fails', () => void expect(1).toBe(2));`,
      'file.check.ts': `throw new Error('no such thing');`,
      'hook.check.ts': `describe('a', () => { beforeAll(() => { throw new Error('no'); }); it('is not reached', () => {}); });`,
      'outside.check.ts': `it('a', () => {}); Promise.reject(new Error('nobody waits for this'));`,
    });

    expect(report).toMatchObject({ passed: 1, failed: 4 });
  });
});
