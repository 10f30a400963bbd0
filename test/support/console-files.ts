import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleConsole } from '../../console/build/bundle-console.ts';
import { type ConsoleFiles, readConsoleFiles } from '../../functions/api-read/console-files.ts';

/** The console's page as an installation has it. */
export async function builtConsole(): Promise<ConsoleFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-console-'));
  try {
    await bundleConsole(folder);
    return readConsoleFiles(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
