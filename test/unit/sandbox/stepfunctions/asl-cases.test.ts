import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runAslCases } from '../../../../sandbox/stepfunctions/asl-cases.ts';

const cases = join(import.meta.dirname, '../../../../../shared/asl-cases');

describe.each(['recorded', 'derived'])('what AWS recorded: %s', (folder) => {
  const isThere = existsSync(join(cases, folder));

  (isThere ? it : it.skip)(`runs the same way${isThere ? '' : ' (the cases are not on this machine)'}`, async () => {
    const report = await runAslCases(join(cases, folder));
    process.stdout.write(
      `${folder}: ${report.cases} cases, ${report.strict} strict, ${report.history} whole histories, ${report.disputed.length} disputed\n`,
    );

    expect(report.cases).toBeGreaterThan(0);
    expect(report.strict).toBe(report.cases);
    expect(report.failures).toEqual([]);
    expect(report.history + report.disputed.length).toBe(report.cases);
  });
});
