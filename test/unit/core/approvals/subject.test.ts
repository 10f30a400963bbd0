import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { instant } from '../../../../contracts/instant.ts';
import type { ReleaseRecord } from '../../../../contracts/records/release.ts';
import { covers, type SubjectParts, subjectHash, subjectOf } from '../../../../core/approvals/subject.ts';
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
  chartTree: 'e'.repeat(40),
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
};
const since = {
  changes: { commits: [{ sha: 'c0ffee', subject: 'feat: faster', author: 'dora' }], total: 1, url: null },
  chart: { text: '+a: 1\n', cut: false, sha256: 'aa', files: ['values.yaml'] },
  manifests: null,
  unknown: [],
};
const parts = (): SubjectParts => ({ operation, service, known: { release, evidence }, since });
const hashOf = (changed: Partial<SubjectParts> = {}) => subjectHash(subjectOf({ ...parts(), ...changed }));

describe('the subject of an approval', () => {
  it('is the same for the same facts, gathered at another time, in another order, by a later attempt of the run', () => {
    const later = { ...evidence, gatheredAt: instant(99), checks: evidence.checks.toReversed() };

    expect(hashOf({ known: { release: { ...release, runAttempt: 2 }, evidence: later } })).toBe(hashOf());
    expect(hashOf({ operation: { ...operation, target: 'green' } })).toBe(hashOf());
  });

  it.each<[string, Partial<ReleaseRecord['release']>]>([
    ['image', { image: 'registry.example.com/other' }],
    ['digest', { digest: `sha256:${'ef'.repeat(32)}` }],
    ['commit', { commit: 'd'.repeat(40) }],
    ['chart', { chart: '1.2.4' }],
    ['chart tree', { chartTree: 'f'.repeat(40) }],
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

  describe('of a release that waited while another one went live', () => {
    const commit = (sha: string) => ({ sha, subject: sha, author: null });
    const values = { text: '', cut: false, sha256: 'aa', files: ['values-release.yaml'] };
    const range = (...shas: string[]) => ({
      ...since,
      chart: values,
      changes: { commits: shas.map(commit), total: shas.length, url: null },
    });
    const live = (version: string) => ({ version, digest: `sha256:${version}`, environment: 'green' as const });
    const decided = () => subjectOf({ ...parts(), since: range('b', 'c') });
    const later = (changed: Partial<SubjectParts>) =>
      subjectOf({ ...parts(), operation: { ...operation, live: live('v2.0.1') }, since: range('c'), ...changed });

    it('is covered by what was decided on when it brings in less of the same', () => {
      expect(covers(decided(), later({}))).toBe(true);
    });

    it.each<[string, Partial<SubjectParts>]>([
      ['a commit that nobody was shown', { since: range('x') }],
      ['as much as before', { since: range('b', 'c') }],
      [
        'a list that is not whole',
        { since: { ...range('c'), changes: { commits: [commit('c')], total: 2, url: null } } },
      ],
      [
        'another file of the chart',
        { since: { ...range('c'), chart: { ...values, files: ['templates/deployment.yaml'] } } },
      ],
      ['nobody knows what', { since: { ...range('c'), changes: null } }],
      ['another image', { known: { release: { ...release, digest: `sha256:${'ef'.repeat(32)}` }, evidence } }],
      ['other evidence', { known: { release, evidence: { ...evidence, staging: { state: 'failure', url: null } } } }],
      ['a major version', { operation: { ...operation, live: live('v1.9.0') } }],
    ])('is not when it brings in %s', (_, changed) => {
      expect(covers(decided(), later(changed))).toBe(false);
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
