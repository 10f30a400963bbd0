import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const main = join(import.meta.dirname, '..', '..', 'sim', 'main.ts');

describe('simulated nights', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-nights-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Every request of the last night, and what was printed. */
  const nights = async (name: string, ...options: string[]) => {
    const trace = join(folder, name);
    const { stdout } = await run(process.execPath, [main, ...options, '--trace', trace]);
    return { stdout, trace: await readFile(trace, 'utf8') };
  };

  it('are the same for the same seed, alone or after another one', async () => {
    const alone = await nights('alone', '--seed', '4', '--schedules', '1', '--story');
    const after = await nights('after', '--seed', '3', '--schedules', '2');
    expect(alone.trace.split('\n').length).toBeGreaterThan(1_000);
    expect(after.trace).toBe(alone.trace);
    // A release that never gets healthy goes nowhere, and half a minute of function calls dies away unnoticed.
    expect(alone.stdout).toContain('deploy, version v3.1.0, behaviour unhealthy');
    expect(alone.stdout).toMatch(/deployment \w+ of v3\.1\.0: failed/);
    expect(alone.stdout).toContain('1 night from seed 4: 0 with a violation');
  });
});
