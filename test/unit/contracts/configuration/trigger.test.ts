import { describe, expect, it } from 'vitest';
import { isOfPattern, patternsMeet, triggerSchema } from '../../../../contracts/configuration/trigger.ts';
import { edited, exampleText, problemsOf as problemsIn } from './example.ts';

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
      expect.stringContaining('hotfixBranches.5 branch x appears twice'),
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

describe('hotfix branches of a whole configuration', () => {
  const trigger = 'trigger: { workflow: .github/workflows/ci.yml, branch: main';
  const told = (text: string) => problemsIn(text).map(({ path, message }) => `${path} ${message}`);

  it('are none that Sluice writes, where chart and service share a repository', () => {
    const shared = edited(
      [trigger, `${trigger}, hotfixBranches: ['hotfix/**', 'env/*']`],
      ['example/chest-xray-mlops-deploy', 'example/chest-xray-mlops'],
    );

    expect(told(shared)).toEqual(['services[0].trigger.hotfixBranches[1] must not be env/blue, which Sluice writes']);
  });

  it('start one service only', () => {
    const service = exampleText.slice(exampleText.indexOf('  - name: chest-xray-mlops'));
    const first = exampleText.replace(trigger, `${trigger}, hotfixBranches: ['hotfix/**', 'urgent']`);
    const hotfixes = "hotfixBranches: ['hotfix/a', 'main', 'b/**']";
    const second = service.replace(trigger, `${trigger.replace('main', 'next')}, ${hotfixes}`);
    const ofTrigger = (text: string) => told(text).filter((one) => one.includes('.trigger.'));

    expect(ofTrigger(first + second)).toEqual([
      'services[1].trigger.hotfixBranches[0] meets hotfix/** of services[0], which the same workflow builds',
      'services[1].trigger.hotfixBranches[1] meets main of services[0], which the same workflow builds',
    ]);
    // Of another workflow they are other releases.
    expect(ofTrigger(first + second.replace('workflows/ci.yml', 'workflows/other.yml'))).toEqual([]);
  });
});
