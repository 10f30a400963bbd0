import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleCli } from '../cli/build/pack.ts';
import { line } from './statistics.ts';

const rounds = 30;
const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-cli-'));

/** ms from the start of a process to its end. */
function time(...words: string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - began;
}

try {
  await bundleCli(folder);
  const packaged = join(folder, 'cli', 'sluice.js');
  const source = join(import.meta.dirname, '..', 'cli', 'sluice.js');
  // Compiled once, as it is after its first start.
  for (const file of [packaged, source]) time(file, '--version');
  const bare: number[] = [];
  const over: Record<'packaged' | 'checkout', number[]> = { packaged: [], checkout: [] };
  for (let round = 0; round < rounds; round += 1) {
    const node = time('--eval', '0');
    bare.push(node);
    over.packaged.push(time(packaged, '--version') - node);
    over.checkout.push(time(source, '--version') - node);
  }
  process.stdout.write(
    [
      line('bare Node', bare, 'ms', '-'),
      line('sluice --version over that, packed', over.packaged, 'ms', '150'),
      line('the same from a checkout', over.checkout, 'ms', '-'),
      '',
    ].join('\n'),
  );
} finally {
  rmSync(folder, { recursive: true });
}
