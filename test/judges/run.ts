import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { prepareJudges } from './tools.ts';

const root = join(import.meta.dirname, '..', '..');

/** Installs the judges where they are missing, and runs the project `judges`; without them its tests are skipped, in CI it fails. */
async function main(words: readonly string[]): Promise<number> {
  try {
    await prepareJudges((line) => console.log(line));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    if (process.env.CI === 'true') return 1;
  }
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'judges', '--maxWorkers', '1'];
  const child = spawn(process.execPath, [...vitest, ...words], { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

process.exitCode = await main(process.argv.slice(2));
