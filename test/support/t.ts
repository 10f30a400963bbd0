import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** One call of Vitest. */
export interface VitestRun {
  readonly projects: readonly string[];
  /** `run` runs these files, `related` the tests that lead to them. */
  readonly command: 'run' | 'related';
  readonly files: readonly string[];
}

const isTest = (file: string) => /^test\/.*\.test\.ts$/.test(file);
const isSource = (file: string) => /\.(?:ts|js|mjs)$/.test(file);

/**
 * What Vitest has to run for these files, given from the root of the repository: a test of any kind as it is, and for a source the fast
 * tests that import it, directly or by way of others. Nearly every e2e test leads to every source, so those are run when they are named.
 */
export function runsFor(files: readonly string[]): VitestRun[] {
  const slow = files.filter(
    (file) => isTest(file) && /^test\/(?:alerts|e2e|judges|long|scenarios)\/|\.long\.test\.ts$/.test(file),
  );
  const fast = files.filter((file) => isSource(file) && !slow.includes(file));
  return [
    ...(fast.length > 0 ? [{ projects: ['fast', 'steps'], command: 'related' as const, files: fast }] : []),
    ...(slow.length > 0
      ? [
          {
            projects: ['alerts', 'e2e', 'judges', 'long', 'long-scenarios', 'scenarios'],
            command: 'run' as const,
            files: slow,
          },
        ]
      : []),
  ];
}

/** The files that a word names: the one at that path, or every test with the word in its path. @throws {Error} when there is none. */
export function filesNamed(root: string, word: string, from = root): string[] {
  const path = relative(root, resolve(from, word));
  if (!path.startsWith('..') && existsSync(join(root, path)) && isSource(path)) return [path];
  const found = globSync('test/**/*.test.ts', { cwd: root }).filter((file) => file.includes(path));
  if (found.length === 0) {
    throw new Error(`No source and no test has "${word}" in its path. Name one, for example test/unit/names.test.ts.`);
  }
  return found.sort();
}

/**
 * What differs from the last commit, new files included; with nothing changed, what differs from where this branch left `main`.
 * Files that were deleted are left out: no test imports them any more.
 */
export function changedFiles(root: string): string[] {
  const git = (...words: string[]) =>
    execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const listed = (text: string) => text.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
  const differing = (from: string) => listed(git('diff', '--name-only', '--relative', '-z', from));

  const uncommitted = [...differing('HEAD'), ...listed(git('ls-files', '--others', '--exclude-standard', '-z'))];
  if (uncommitted.length > 0) return uncommitted;
  for (const main of ['origin/main', 'main']) {
    try {
      return differing(git('merge-base', 'HEAD', main).trim());
    } catch {
      // This clone has no such branch.
    }
  }
  return [];
}

/** The test files of a call of Vitest, by Vitest itself. */
async function filesOf(root: string, { projects, command, files }: VitestRun): Promise<string[]> {
  const { createVitest } = await import('vitest/node');
  const related = command === 'related' ? { related: files.map((file) => join(root, file)) } : {};
  const vitest = await createVitest('test', { root, watch: false, project: [...projects], ...related });
  try {
    const found = await vitest.getRelevantTestSpecifications(command === 'run' ? [...files] : []);
    return [...new Set(found.map(({ moduleId }) => relative(root, moduleId)))].sort();
  } finally {
    await vitest.close();
  }
}

/**
 * Runs the tests that the words ask for: files first, then options of Vitest; with `--list` it prints their files instead. Answers the exit code.
 */
async function main(root: string, words: readonly string[]): Promise<number> {
  const option = words.findIndex((word) => word.startsWith('-'));
  const names = option === -1 ? words : words.slice(0, option);
  const options = option === -1 ? [] : words.slice(option);
  // npm runs a script in the root, wherever it was called.
  const from = process.env.INIT_CWD ?? process.cwd();
  let files: string[];
  try {
    files = names.length > 0 ? [...new Set(names.flatMap((word) => filesNamed(root, word, from)))] : changedFiles(root);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
  const runs = runsFor(files);
  if (runs.length === 0) {
    const others = files.length > 0 ? `, and no import leads to ${files.join(', ')}` : '';
    console.error(`No source and no test has changed${others}.`);
    return 0;
  }
  let code = 0;
  for (const run of runs) {
    if (options.includes('--list')) {
      for (const file of await filesOf(root, run)) console.log(file);
      continue;
    }
    const projects = run.projects.flatMap((name) => ['--project', name]);
    const words = [run.command, '--run', '--passWithNoTests', ...projects, ...options, ...run.files];
    const { status } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...words], {
      cwd: root,
      stdio: 'inherit',
    });
    code ||= status ?? 1;
  }
  return code;
}

if (import.meta.main) process.exitCode = await main(join(import.meta.dirname, '..', '..'), process.argv.slice(2));
