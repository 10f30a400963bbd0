import { readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Two processes on one data directory would write over each other. @throws Error naming the process that has it. */
export async function lockDataDirectory(dataDir: string): Promise<() => Promise<void>> {
  const file = join(dataDir, 'sandbox.pid');
  const owner = Number(await readFile(file, 'utf8').catch(() => ''));
  if (owner > 0 && owner !== process.pid && (await isSandbox(owner))) {
    throw new Error(`${dataDir} is in use by process ${owner}. End it, or pass another --data-dir.`);
  }
  await writeFile(file, String(process.pid));
  return () => unlink(file).catch(() => undefined);
}

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
