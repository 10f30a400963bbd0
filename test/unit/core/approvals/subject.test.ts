import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { instant } from '../../../../contracts/instant.ts';
import type { ReleaseRecord } from '../../../../contracts/records/release.ts';
import { diffFiles } from '../../../../core/approvals/file-diff.ts';
import { diffManifests } from '../../../../core/approvals/manifest-diff.ts';
import { covers, type SubjectParts, subjectHash, subjectOf } from '../../../../core/approvals/subject.ts';
import { deliveredSource } from '../../../../core/gitops/application-source.ts';
import { readFixture } from '../../pipeline/support/world.ts';

let service: ServiceConfiguration;
beforeAll(async () => {
  const [first] = (await readFixture()).services;
  if (first === undefined) throw new Error('the fixture has no service');
  service = first;
});

const digest = `sha256:${'ab'.repeat(32)}`;
const release: ReleaseRecord['release'] = {
  service: 'chest-xray-mlops',
  version: 'v2.1.0',
  commit: 'c0ffee'.padEnd(40, '0'),
  image: 'registry.example.com/chest-xray',
  digest,
  model: { name: 'chest-xray', metrics: { accuracy: 0.94 } },
  reversible: true,
  chart: null,
  runId: 7,
  runAttempt: 1,
  author: 'dora',
  committedAt: instant(0),
};
const evidence: ReleaseRecord['evidence'] = {
  gatheredAt: instant(0),
  runUrl: 'https://github.com/runs/7',
  runConclusion: 'success',
  commitOnBranch: true,
  workflow: 'ci.yml',
  actors: [],
  unfinished: [],
  checks: [
    { workflow: 'ci.yml', name: 'test', conclusion: 'success', url: null },
    { workflow: 'ci.yml', name: 'security-scan', conclusion: 'success', url: null },
  ],
  staging: { state: 'success', url: null },
  model: null,
  image: null,
};
const operation: SubjectParts['operation'] = {
  id: 'op1',
  kind: 'deployment',
  trigger: {
    kind: 'person',
    wants: 'deployment',
    service: 'chest-xray-mlops',
    version: 'v2.1.0',
    type: 'standard',
    justification: null,
    actor: 'dana@example.com',
    at: instant(0),
  },
  live: { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}`, environment: 'blue' },
  target: null,
  checks: [],
  branch: null,
  release: null,
  standbySource: null,
};
const since = {
  changes: { commits: [{ sha: 'c0ffee', subject: 'feat: faster', author: 'dora' }], total: 1, url: null },
  chart: { text: '+a: 1\n', cut: false, sha256: 'aa', files: ['values.yaml'] },
  manifests: null,
  unknown: [],
};
const contributors: SubjectParts['contributors'] = {
  people: [
    { as: 'request', login: null, mail: 'dana@example.com', name: null },
    { as: 'author', login: 'dora', mail: 'dora@example.com', name: 'Dora' },
  ],
  complete: true,
};
const parts = (): SubjectParts => ({ operation, service, known: { release, evidence }, since, contributors });
const hashOf = (changed: Partial<SubjectParts> = {}) => subjectHash(subjectOf({ ...parts(), ...changed }));

describe('the subject of an approval', () => {
  it('is the same for the same facts, gathered at another time, in another order, by a later attempt of the run', () => {
    const later = { ...evidence, gatheredAt: instant(99), checks: evidence.checks.toReversed() };

    expect(hashOf({ known: { release: { ...release, runAttempt: 2 }, evidence: later } })).toBe(hashOf());
    expect(hashOf({ operation: { ...operation, target: 'green' } })).toBe(hashOf());
    const check = { name: 'metrics of blue', result: 'pass' as const, reason: '0.2 %', at: '' };
    expect(hashOf({ operation: { ...operation, checks: [check] } })).not.toBe(hashOf());
    expect(hashOf({ operation: { ...operation, checks: [{ ...check, advisory: true }] } })).toBe(hashOf());
    expect(hashOf({ operation: { ...operation, checks: [{ ...check, besideLive: true }] } })).toBe(hashOf());
    const others = { ...contributors, people: contributors.people.toReversed() };
    expect(hashOf({ contributors: others })).toBe(hashOf());
  });

  it('stays decided on when the other side is the target since another release went live, whose files have another name', () => {
    const on = (environment: 'blue' | 'green', helm: object = {}) => {
      const spec = { source: { path: 'chart', helm: { valueFiles: [`values-${environment}.yaml`], ...helm } } };
      return { source: deliveredSource({ spec }, environment), differs: false, problem: null };
    };
    const since = (sha: string[]) => ({
      changes: { commits: sha.map((one) => ({ sha: one, subject: one, author: null })), total: sha.length, url: null },
      ...{ pulls: [], chart: { text: '', cut: false, sha256: 'a', files: [] }, manifests: null, unknown: [] },
    });
    const of = (standbySource: SubjectParts['operation']['standbySource'], commits: string[]) =>
      subjectOf({ ...parts(), operation: { ...operation, standbySource }, since: since(commits) });

    expect(covers(of(on('green'), ['a', 'b']), of(on('blue'), ['b']))).toBe(true);
    expect(covers(of(on('green'), ['a', 'b']), of(on('blue', { kubeVersion: '1' }), ['b']))).toBe(false);
  });

  it('stays decided on when more people, or fewer, are found to have taken part: those who had do not count', () => {
    const decided = subjectOf(parts());
    const [, dora] = contributors.people;
    const later = subjectOf({ ...parts(), contributors: { people: dora === undefined ? [] : [dora], complete: true } });

    expect(subjectHash(later)).not.toBe(subjectHash(decided));
    expect([covers(decided, later), covers(later, decided)]).toEqual([true, true]);
  });

  it.each<[string, Partial<ReleaseRecord['release']>]>([
    ['image', { image: 'registry.example.com/other' }],
    ['digest', { digest: `sha256:${'ef'.repeat(32)}` }],
    ['commit', { commit: 'd'.repeat(40) }],
    ['chart', { chart: '1.2.4' }],
    ['version', { version: 'v2.1.1' }],
    ['reversibility', { reversible: false }],
    ['model', { model: { name: 'chest-xray', metrics: { accuracy: 0.93 } } }],
  ])('is another one with another %s', (_, changed) => {
    expect(hashOf({ known: { release: { ...release, ...changed }, evidence } })).not.toBe(hashOf());
  });

  it.each<[string, () => Partial<SubjectParts>]>([
    [
      'a check that says something else',
      () => ({
        known: {
          release,
          evidence: { ...evidence, checks: [{ workflow: 'ci.yml', name: 'test', conclusion: 'skipped', url: null }] },
        },
      }),
    ],
    [
      'another live release',
      () => ({ operation: { ...operation, live: { version: 'v2.0.1', digest, environment: 'green' } } }),
    ],
    ['other steps', () => ({ service: { ...service, traffic: { ...service.traffic, steps: [50, 100] } } })],
    [
      'a line of the chart that nobody is shown',
      () => ({ since: { ...since, chart: { ...since.chart, sha256: 'bb' } } }),
    ],
    ['another operation', () => ({ operation: { ...operation, id: 'op2' } })],
  ])('is another one with %s', (_, changed) => {
    expect(hashOf(changed())).not.toBe(hashOf());
  });

  const withChart = (chartTree: string): SubjectParts['operation'] => {
    const { version, commit } = release;
    return { ...operation, release: { version, commit, digest, chartTree } };
  };

  it('has the chart of the branch that the release goes to', () => {
    const [one, other] = [withChart('d'.repeat(40)), withChart('f'.repeat(40))];

    expect(subjectOf({ ...parts(), operation: one }).release.chartTree).toBe('d'.repeat(40));
    expect(hashOf({ operation: one })).not.toBe(hashOf({ operation: other }));
  });

  it('says as a risk how many live commits the release takes back', () => {
    const takesBack = (behind: number) => ({ ...since, changes: { commits: [], total: 0, behind, url: null } });

    expect(subjectOf({ ...parts(), since: takesBack(3) }).risks).toContain(
      'It takes back 3 commits of v2.0.0, which is live.',
    );
    expect(subjectOf({ ...parts(), since: takesBack(1) }).risks).toContain(
      'It takes back 1 commit of v2.0.0, which is live.',
    );
  });

  describe('of a release that waited while another one went live', () => {
    const commit = (sha: string) => ({ sha, subject: sha, author: null });
    const pull = (number: number) => ({ number, title: `pull ${number}`, author: 'dora', url: `https://x/${number}` });
    const chartOf = (version: string, others: Record<string, string> = {}) =>
      new Map(Object.entries({ 'values-release.yaml': `version: ${version}\n`, ...others }));
    const waited = (from: string, shas: readonly string[], chart = diffFiles(chartOf(from), chartOf('v2.1.0'))) => ({
      ...since,
      chart,
      pulls: shas.map((_, at) => pull(9 - at)),
      changes: { commits: shas.map(commit), total: shas.length, url: null },
    });
    const live = (version: string) => ({ version, digest: `sha256:${version}`, environment: 'green' as const });
    const decided = () => subjectOf({ ...parts(), since: waited('v2.0.0', ['b', 'c']) });
    const later = (changed: Partial<SubjectParts>) =>
      subjectOf({
        ...parts(),
        operation: { ...operation, live: live('v2.0.1') },
        since: waited('v2.0.1', ['c']),
        ...changed,
      });

    it('is covered by what was decided on when it brings in less of the same', () => {
      expect(covers(decided(), later({}))).toBe(true);
    });

    const manifests = (image: string, replicas = 3) => [
      { kind: 'Deployment', metadata: { name: 'x' }, spec: { image, version: image, replicas } },
    ];
    it('is covered with its rendered manifests, too, when only former values of what was seen go', () => {
      const before = {
        ...waited('v2.0.0', ['b', 'c']),
        manifests: diffManifests(manifests('v2.0.0'), manifests('v2.1.0')),
      };
      const after = { ...waited('v2.0.1', ['c']), manifests: diffManifests(manifests('v2.0.1'), manifests('v2.1.0')) };
      const other = { ...after, manifests: diffManifests(manifests('v2.0.1', 2), manifests('v2.1.0')) };

      const approved = subjectOf({ ...parts(), since: before });
      expect(covers(approved, later({ since: after }))).toBe(true);
      expect(covers(approved, later({ since: other }))).toBe(false);
      expect(covers(approved, later({}))).toBe(false);
    });

    it.each<[string, () => Partial<SubjectParts>]>([
      ['a commit that nobody was shown', () => ({ since: waited('v2.0.1', ['x']) })],
      ['as much as before', () => ({ since: waited('v2.0.1', ['b', 'c']) })],
      ['a pull request that nobody was shown', () => ({ since: { ...waited('v2.0.1', ['c']), pulls: [pull(1)] } })],
      [
        'a list that is not whole',
        () => ({ since: { ...waited('v2.0.1', ['c']), changes: { commits: [commit('c')], total: 2, url: null } } }),
      ],
      [
        'another file of the chart',
        () => ({
          since: waited(
            'v2.0.1',
            ['c'],
            diffFiles(chartOf('v2.0.1'), chartOf('v2.1.0', { 'templates/x.yaml': 'a: 1' })),
          ),
        }),
      ],
      [
        'a line of the same file that goes and is replaced by none',
        () => ({
          since: waited(
            'v2.0.1',
            ['c'],
            diffFiles(new Map([['values-release.yaml', 'version: v2.0.1\nguard: on\n']]), chartOf('v2.1.0')),
          ),
        }),
      ],
      [
        'a line that comes beside what was seen',
        () => ({
          since: waited(
            'v2.0.1',
            ['c'],
            diffFiles(chartOf('v2.0.1'), new Map([['values-release.yaml', 'version: v2.1.0\nuse: v2.0.1\n']])),
          ),
        }),
      ],
      [
        'a value that is hidden',
        () => {
          const secret = (version: string, token: string) =>
            new Map([['values-release.yaml', `version: ${version}\ntoken: ${token}\n`]]);
          return { since: waited('v2.0.1', ['c'], diffFiles(secret('v2.0.1', 'a'), secret('v2.1.0', 'b'))) };
        },
      ],
      [
        'a diff that is cut',
        () => ({ since: waited('v2.0.1', ['c'], { text: '', cut: true, sha256: 'a', files: [] }) }),
      ],
      [
        'none of the commits that are live meanwhile',
        () => ({
          since: { ...waited('v2.0.1', ['c']), changes: { commits: [commit('c')], total: 1, behind: 1, url: null } },
        }),
      ],
      ['nobody knows which commits', () => ({ since: { ...waited('v2.0.1', ['c']), changes: null } })],
      ['nobody knows which chart', () => ({ since: { ...waited('v2.0.1', ['c']), chart: null } })],
      ['another image', () => ({ known: { release: { ...release, digest: `sha256:${'ef'.repeat(32)}` }, evidence } })],
      ['another chart', () => ({ operation: withChart('f'.repeat(40)) })],
      [
        'other evidence',
        () => ({ known: { release, evidence: { ...evidence, staging: { state: 'failure', url: null } } } }),
      ],
      ['a major version', () => ({ operation: { ...operation, live: live('v1.9.0') } })],
    ])('is not when it brings in %s', (_, changed) => {
      expect(covers(decided(), later(changed()))).toBe(false);
    });

    it('is never covered with a line, a commit or a pull request that the approvers did not see', () => {
      const line = fc.constantFrom(
        'a: 1',
        'b: 2',
        'c: 3',
        'a: 4',
        '- x',
        '-- y',
        '++ z',
        'token: s',
        'version: v2.0.1',
      );
      const file = fc.option(fc.array(line, { maxLength: 5 }).map((lines) => lines.map((one) => `${one}\n`).join('')));
      const charts = fc
        .record({ 'values.yaml': file, 'values-release.yaml': file })
        .map(
          (named) => new Map(Object.entries(named).flatMap(([name, text]) => (text === null ? [] : [[name, text]]))),
        );
      const shas = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 });
      const range = fc.record({
        from: charts,
        to: charts,
        shas,
        pulls: fc.uniqueArray(fc.integer({ min: 1, max: 4 })),
      });
      const sinceOf = ({ from, to, shas: of, pulls }: typeof range extends fc.Arbitrary<infer R> ? R : never) => ({
        ...waited('v2.0.1', of, diffFiles(from, to)),
        pulls: pulls.map(pull),
      });
      /** Each line that comes or goes with the file before it, read from the text by hand. */
      const changedIn = ({ since: { chart } }: ReturnType<typeof decided>): Set<string> => {
        const found = new Set<string>();
        let file = '';
        let inHunk = false;
        for (const text of (chart?.text ?? '').split('\n')) {
          if (text.startsWith('@@')) inHunk = true;
          else if (text.startsWith('+++ ') && !inHunk) file = text;
          else if (/^--- [ab/]/.test(text)) inHunk = false;
          else if (inHunk && /^[+-]/.test(text)) found.add(`${file} ${text}`);
        }
        return found;
      };
      let covered = 0;
      fc.assert(
        fc.property(range, range, fc.boolean(), (first, second, isSame) => {
          const approved = subjectOf({ ...parts(), since: sinceOf(first) });
          // Half of them like what happens: less of the same.
          const rest = isSame ? { ...first, shas: first.shas.slice(1), pulls: first.pulls.slice(1) } : second;
          const now = later({ since: sinceOf(rest) });
          if (!covers(approved, now)) return;
          covered += 1;

          const seen = changedIn(approved);
          const unseen = [...changedIn(now)].filter((one) => !seen.has(one));
          // What goes unseen is another value of what comes and was seen.
          const comes = [...changedIn(now)].filter((one) => / \+\w+:/.test(one)).map((one) => one.replace(/: .*/, ''));
          expect(unseen.filter((one) => !comes.includes(one.replace(/ -(\w+): .*/, ' +$1')))).toEqual([]);
          expect([...changedIn(now)].filter((one) => one.includes('(hidden)'))).toEqual([]);
          expect(first.shas).toEqual(expect.arrayContaining(rest.shas));
          expect(first.pulls).toEqual(expect.arrayContaining(rest.pulls));
          expect(rest.shas.length).toBeLessThan(first.shas.length);
        }),
        { numRuns: 500, seed: 1 },
      );
      expect(covered).toBeGreaterThan(20);
    });
  });

  it('says what is out of the ordinary, in sentences', () => {
    const commits = Array.from({ length: 120 }, (_, at) => ({
      sha: String(at),
      subject: 's'.repeat(500),
      author: null,
    }));
    const { risks, since: kept } = subjectOf({
      ...parts(),
      operation: {
        ...operation,
        trigger: {
          ...operation.trigger,
          kind: 'person',
          wants: 'deployment',
          type: 'hotfix',
          justification: 'wrong findings',
        } as SubjectParts['operation']['trigger'],
      },
      known: { release: { ...release, version: 'v3.0.0', reversible: false }, evidence },
      since: { ...since, changes: { commits, total: 300, url: null } },
    });

    expect(risks).toEqual([
      'It cannot be undone by sending the traffic back.',
      'It is a hotfix, which passes outside the deployment windows: wrong findings.',
      'The major version changes, from v2.0.0 to v3.0.0.',
      'It has 300 commits; only the first 100 are listed.',
    ]);
    expect(kept.changes?.commits).toHaveLength(100);
    expect(kept.changes?.commits[0]?.subject).toHaveLength(200);
    expect(subjectOf(parts()).risks).toEqual([]);
  });
});
