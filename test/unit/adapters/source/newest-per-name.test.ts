import { expect, it } from '@jest/globals';
import { newestPerName } from '../../../../adapters/source/github-runs.ts';

it('of a check that was repeated only the newest run counts', () => {
  const row = (id: number, name: string, conclusion: 'success' | 'failure' | null) => ({
    id,
    name,
    conclusion,
    html_url: null,
  });

  const checks = newestPerName([row(7, 'test', 'success'), row(3, 'test', 'failure'), row(5, 'security-scan', null)]);

  expect(checks).toEqual([
    { name: 'security-scan', conclusion: null, url: null },
    { name: 'test', conclusion: 'success', url: null },
  ]);
});
