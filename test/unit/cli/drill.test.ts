import { describe, expect, it } from 'vitest';
import { dependencyNames, faultNames } from '../../../sandbox/dependencies/faults.ts';
import { runSluice } from './support.ts';

describe('sluice drill', () => {
  it('offers every dependency and every fault that the sandbox knows', async () => {
    const { out } = await runSluice(['drill', '--help']);

    const words = new Set(out.match(/[a-z0-9]+/g));
    expect([...dependencyNames, ...faultNames].filter((name) => !words.has(name))).toEqual([]);
  });

  it('refuses a dependency that nobody knows, and says where a sandbox comes from when there is none', async () => {
    const unknown = await runSluice(['drill', '--dependency', 'mainframe']);
    const nowhere = await runSluice(['drill']);

    expect([unknown.exitCode, nowhere.exitCode]).toEqual([2, 2]);
    expect(unknown.err).toContain('mainframe');
    expect(nowhere.err).toContain('npm start');
  });
});
