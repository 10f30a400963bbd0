import { describe, expect, it } from '@jest/globals';
import { isOfPattern, patternsMeet, triggerSchema } from '../../../../contracts/configuration/trigger.ts';

const workflow = '.github/workflows/ci.yml';
const problemsOf = (given: object) =>
  triggerSchema
    .safeParse({ workflow, ...given })
    .error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? [];

describe('hotfix branches', () => {
  it('are names, or folders as GitHub writes them', () => {
    expect(problemsOf({ hotfixBranches: ['urgent', 'hotfix/*', 'fixes/2026/**'] })).toEqual([]);
    expect(
      ['hotfix/x', 'hotfix/x/y', 'hotfix/', 'hotfix', 'hot'].filter((one) => isOfPattern('hotfix/*', one)),
    ).toEqual(['hotfix/x']);
    expect(isOfPattern('hotfix/**', 'hotfix/x/y')).toBe(true);
    expect(isOfPattern('hotfix/x', 'hotfix/x')).toBe(true);
  });

  it('are refused with every problem, and cannot be what is deployed anyway or the merge queue', () => {
    expect(
      problemsOf({
        branch: 'release/next',
        hotfixBranches: ['**', 'a/*/b', 'release/*', 'gh-readonly-queue/**', 'x', 'x'],
      }),
    ).toEqual([
      expect.stringContaining('hotfixBranches.0 must be a branch'),
      expect.stringContaining('hotfixBranches.1 must be a branch'),
      expect.stringContaining('hotfixBranches.5 branch x is there twice'),
      expect.stringContaining('hotfixBranches.2 must not be trigger.branch (release/next)'),
      expect.stringContaining("hotfixBranches.3 must not be branches of GitHub's merge queue"),
    ]);
  });

  it('of two services meet where one branch could be of both', () => {
    expect(patternsMeet('hotfix/**', 'hotfix/a/*')).toBe(true);
    expect(patternsMeet('hotfix/a/*', 'hotfix/**')).toBe(true);
    expect(patternsMeet('hotfix/**', 'hotfix/a')).toBe(true);
    expect(patternsMeet('hotfix/a', 'hotfix/b')).toBe(false);
    expect(patternsMeet('hotfix-a/**', 'hotfix-b/**')).toBe(false);
  });
});
