import { describe, expect, it } from '@jest/globals';
import { reasonCodes } from '../../../contracts/reason-codes.ts';
import { runSluice } from './support.ts';

describe('sluice explain', () => {
  it.each(['ReturnUnverified', '[ReturnUnverified]'])(
    'says of %s what it means and where to read on, without Sluice',
    async (code) => {
      const { out, exitCode } = await runSluice(['explain', code]);

      expect(exitCode).toBe(0);
      expect(out).toContain(`ReturnUnverified: ${reasonCodes.ReturnUnverified.means}`);
      expect(out).toContain('docs/runbooks/frozen-service.md');
    },
  );

  it('lists every code', async () => {
    const { out } = await runSluice(['explain']);

    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual(Object.keys(reasonCodes));
  });

  it('does not know a code that is none, and says how to find them', async () => {
    const { exitCode, err } = await runSluice(['explain', 'constructor']);

    expect(exitCode).toBe(2);
    expect(err).toContain('constructor is no reason code');
  });
});
