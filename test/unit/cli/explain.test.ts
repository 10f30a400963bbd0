import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outcomes } from '../../../contracts/operation.ts';
import { reasonCodes } from '../../../contracts/reason-codes.ts';
import { runSluice } from './support.ts';

describe('sluice explain', () => {
  it.each(['ReturnUnverified', '[ReturnUnverified]'])(
    'says of %s what it means, what to do, and where to read on, without Sluice',
    async (code) => {
      const { out, exitCode } = await runSluice(['explain', code]);

      expect(exitCode).toBe(0);
      expect(out).toContain(`ReturnUnverified: ${reasonCodes.ReturnUnverified.means}`);
      expect(out).toContain('What to do: The message says what failed: pods, a check, a metric.');
      expect(out).toContain('Runbook: docs/runbooks/frozen-service.md');
    },
  );

  it('lists every code', async () => {
    const { out } = await runSluice(['explain']);

    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual(expect.arrayContaining([...Object.keys(reasonCodes), 'Usage', 'WouldBeRefused', 'rolled-back']));
  });

  it('does not know a code that is none, and says how to find them', async () => {
    const { exitCode, err } = await runSluice(['explain', 'constructor']);

    expect(exitCode).toBe(2);
    expect(err).toContain('constructor is not a code of Sluice');
    expect(err).toContain('`sluice explain` lists them all');
  });

  it('takes no offence at small letters, and names the nearest of what is mistyped', async () => {
    expect((await runSluice(['explain', 'usage:'])).out).toMatch(/^Usage: /);
    expect((await runSluice(['explain', 'WouldBeRefusd'])).err).toContain('Did you mean WouldBeRefused?');
  });

  it('knows every word that the command line itself fails with, and every outcome', async () => {
    const root = join(import.meta.dirname, '..', '..', '..');
    const raised = /(?:refusedBy|endedAs|new CliError|new StackRefused)\(\s*'([\w-]+)'/g;
    const names = globSync(['cli/**/*.ts', 'cdk/*.ts'], { cwd: root }).flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(raised)].map(([, name = '']) => name),
    );
    expect(names).toEqual(
      expect.arrayContaining(['Usage', 'WouldBeRefused', 'ChainBroken', 'BuildFailed', 'HarmfulChangeSet']),
    );

    for (const name of new Set([...names, 'Ignored', 'Paused', 'NotRegistered', 'unfinished', ...outcomes])) {
      const { exitCode, out } = await runSluice(['explain', name]);
      expect([name, exitCode]).toEqual([name, 0]);
      expect(out).toMatch(new RegExp(`^${name}: [^\\n]{20,}\\.\\nWhat to do: .{10,}`));
    }
  });
});
