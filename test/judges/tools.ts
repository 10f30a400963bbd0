import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const pinned = join(import.meta.dirname, 'tools');
const pins = ['requirements.txt', 'package.json', 'package-lock.json'];

/** Where the judges are. */
export interface Judges {
  /** A program of the virtual environment, as `cfn-lint` or `python`. */
  readonly program: (name: string) => string;
  /** The folder with the npm packages. */
  readonly modules: string;
}

/** Where judges are kept: `SLUICE_JUDGES_CACHE`, else the user's own cache folder. */
const cacheFolder = (): string =>
  process.env.SLUICE_JUDGES_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice', 'judges');

/** The folder of these pins; Python's version is part of a virtual environment. */
async function folderOf(): Promise<string> {
  const { stdout } = await run('python3', ['--version']).catch((cause) => {
    throw new Error('There is no `python3` on the PATH. Install Python 3.10 or newer with its venv module.', { cause });
  });
  const hash = createHash('sha256').update(`${stdout}${process.version}${process.arch}`);
  for (const file of pins) hash.update(readFileSync(join(pinned, file)));
  return join(cacheFolder(), hash.digest('hex').slice(0, 16));
}

const judgesIn = (folder: string): Judges => ({
  program: (name) => join(folder, 'python', 'bin', name),
  modules: join(folder, 'node_modules'),
});

/**
 * Installs the judges of `tools/` into the cache, if they are not there; says so by `tell`.
 *
 * @throws {Error} with what to do, where there is no Python or a registry does not answer.
 */
export async function prepareJudges(tell: (line: string) => void): Promise<Judges> {
  const folder = await folderOf();
  if (isThere(folder)) return judgesIn(folder);

  tell(`Installing the judges, once, into ${folder}`);
  // A virtual environment cannot be moved: it is made where it stays, and counts once the npm packages have been renamed into it.
  await mkdir(folder, { recursive: true });
  const unfinished = await mkdtemp(join(folder, 'unfinished-'));
  const python = join(folder, 'python');
  try {
    await run('python3', ['-m', 'venv', '--clear', python]);
    await run(join(python, 'bin', 'python'), [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'],
      ...['--requirement', join(pinned, 'requirements.txt')],
    ]);
    for (const file of pins) await copyFile(join(pinned, file), join(unfinished, file));
    await run('npm', ['ci', '--ignore-scripts'], { cwd: unfinished });
    // It has each description of each server twice: 385 MB, of which one file is read.
    const descriptions = join(unfinished, 'node_modules', '@octokit', 'openapi', 'generated');
    for (const file of readdirSync(descriptions)) {
      if (file !== 'api.github.com.json') rmSync(join(descriptions, file));
    }
    await rename(join(unfinished, 'node_modules'), join(folder, 'node_modules'));
  } catch (cause) {
    const told = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim().slice(-2000) : String(cause);
    throw new Error(
      'The judges could not be installed from test/judges/tools. They need python3 with venv (Debian: python3-venv), and the registries of ' +
        `pip and npm. They said:\n${told}`,
      { cause },
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return judgesIn(folder);
}

const isThere = (folder: string): boolean =>
  statSync(join(folder, 'node_modules'), { throwIfNoEntry: false }) !== undefined;

/** The judges, if they are installed; in CI, where nothing may be skipped, they are installed first. */
export async function findJudges(): Promise<Judges | null> {
  if (process.env.CI === 'true') return prepareJudges((line) => console.log(line));
  const folder = await folderOf().catch(() => null);
  return folder !== null && isThere(folder) ? judgesIn(folder) : null;
}
