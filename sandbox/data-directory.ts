import { mkdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readEarlierConsole } from './ready.ts';

/** A data directory that another sandbox writes into, or that cannot be written at all. */
export class DataDirectoryUnusable extends Error {
  override readonly name = 'DataDirectoryUnusable';
}

/**
 * Looks before anything of the directory is touched: `--fresh` would take it away from under a sandbox that runs.
 *
 * @throws {DataDirectoryUnusable} naming the process that has it, where its console is, and what to do.
 */
export async function refuseSecondSandbox(dataDir: string): Promise<void> {
  const owner = Number(await readFile(join(dataDir, pidFile), 'utf8').catch(() => ''));
  if (owner <= 0 || owner === process.pid || !(await isSandbox(owner))) return;
  const console = await readEarlierConsole(join(dataDir, 'ready.json'));
  throw new DataDirectoryUnusable(
    `A sandbox runs on ${dataDir} already: process ${owner}${console === null ? '' : `, at ${console}`}. Use that one, or end it by Ctrl-C or \`kill ${owner}\`. For a second one beside it: npm start -- --port 0 --data-dir .sluice-2`,
  );
}

/** Two processes on one data directory would write over each other. @throws {DataDirectoryUnusable} */
export async function lockDataDirectory(dataDir: string): Promise<() => Promise<void>> {
  await refuseSecondSandbox(dataDir);
  const file = join(dataDir, pidFile);
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(file, String(process.pid));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DataDirectoryUnusable(`${dataDir} cannot be written: ${why}. Pass another --data-dir.`);
  }
  return () => unlink(file).catch(() => undefined);
}

const pidFile = 'sandbox.pid';

/** After kill -9 the file stays, and its number may belong to somebody else by now. */
async function isSandbox(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'sandbox/main.ts');
  return command.includes('sandbox/main.ts');
}

/** Begins anew without deleting anything: the directory becomes PATH.old, and an earlier PATH.old a numbered one. */
export async function setAside(dataDir: string): Promise<string | null> {
  if (!(await exists(dataDir))) return null;
  for (let number = 0; ; number++) {
    const target = `${dataDir}.old${number === 0 ? '' : `.${number}`}`;
    if (await exists(target)) continue;
    await rename(dataDir, target);
    return target;
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
