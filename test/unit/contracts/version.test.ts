import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { formatValues } from '../../../adapters/gitops/environment-branch.ts';
import { bare, versionProblem, versionSchema } from '../../../contracts/version.ts';

const commit = 'c0ffee12'.padEnd(40, '0');
const semantic = ['v2.1.0', '2.1.0', '2.1.0-rc.1', 'v0.0.0'];
const calendar = ['2026.11', '2026.11.29', 'v2026.11.29', '2026.11.29.1', '2026.01.05', '2026.1.5-rc.2'];
const other = [commit, commit.slice(0, 7), 'deadbee', 'build_17', 'release-2026-11-29'];
const none = [
  '',
  'latest',
  'main',
  'last-known-good',
  'v2.1.0+build',
  'a/b1',
  '-v1',
  'v1.',
  'v1..2',
  'v1.lock',
  'v1 2',
];
const holds = (scheme: 'semver' | 'calendar' | 'any') => (version: string) => versionProblem(scheme, version) === null;

describe('a version', () => {
  it('is written as its service writes them', () => {
    expect(semantic.filter(holds('semver'))).toEqual(semantic);
    expect(calendar.filter(holds('calendar'))).toEqual(calendar);
    expect([...semantic, ...calendar, ...other].filter(holds('any'))).toEqual([...semantic, ...calendar, ...other]);
  });

  it('is refused otherwise, with what it must be', () => {
    expect([...other, '2', 'v1.2', 'v01.2.3', '2026.11', '2026.11.29.1', '2026.01.05'].filter(holds('semver'))).toEqual(
      [],
    );
    expect([...other, ...semantic, '2026.13.1', '2026.0.1', '26.11.29'].filter(holds('calendar'))).toEqual([]);
    expect(versionProblem('calendar', 'v2.1.0')).toBe('must be a calendar version like 2026.11.29 or 2026.11.29.1');
  });

  it('of any scheme can be a tag, a file name and a label, and is no word that something else has', () => {
    expect([...none, `${'x'.repeat(62)}12`].filter(holds('any'))).toEqual([]);
    const label = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
    for (const version of [...semantic, ...calendar, ...other]) {
      expect(versionSchema.parse(version)).toBe(version);
      expect(version).toMatch(label);
    }
  });

  it('stays a text in the values of a chart, also where it looks like a number', () => {
    for (const version of ['2026.11', '1234567', '12345e67', '0123456', '0x12345']) {
      const release = { version, image: 'registry.example/shop', digest: `sha256:${'a'.repeat(64)}` };
      expect(parse(formatValues({ release, environment: 'blue' }))).toMatchObject({ version });
    }
  });

  it('of a tag has a v that a file may lack, which no other word loses', () => {
    expect([bare('v2.1.0'), bare('2.1.0'), bare('vega-1')]).toEqual(['2.1.0', '2.1.0', 'vega-1']);
  });
});
