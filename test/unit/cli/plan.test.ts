import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiPlan, planSchema } from '../../../contracts/api/plan.ts';
import { type FakeSluice, runSluice, serviceOf, startFakeSluice } from './support.ts';

const planOf = (changes: Partial<ApiPlan> = {}): ApiPlan => ({
  ...{ service: 'shop', version: 'v2.1.0', type: 'standard', at: '2026-11-23T09:00:00.000Z' },
  ...{ refusals: [], waits: ['The turn: rollback op1 (verifying) is in progress.'], effects: [] },
  unknown: ['Whether the functions have their rights.'],
  release: {
    ...{ commit: 'c0ffee', image: 'registry/shop', digest: 'sha256:ab', reversible: true },
    ...{ author: 'dana', runUrl: 'https://github.com/example/shop/actions/runs/7' },
  },
  live: { version: 'v2.0.5', digest: 'sha256:cd', environment: 'blue' },
  target: 'green',
  checks: [{ name: 'test', result: 'pass', reason: 'ended as success', url: 'https://github.com/example/shop/runs/1' }],
  subject: {
    ...{ short: [], risks: ['The major version changes.'], plan: [], diffs: [] },
    model: [{ name: 'accuracy', value: '0.94 (v2.0.5: 0.93)' }],
    changes: [{ name: 'Since', value: 'v2.0.5: 1 commit', url: 'https://github.com/example/shop/compare' }],
  },
  approvals: {
    ...{ state: 'pending', expireMs: 86_400_000, unknownAuthors: ['mallory'] },
    rules: [{ role: 'devops', count: 1, require: null, from: ['ben@example.com'] }],
    notCounting: ['ana@example.com asked for this release, so their approval does not count.'],
  },
  window: { state: 'closed', text: 'Closed.', change: { text: 'Opens', at: '2026-11-23T14:00:00.000Z' } },
  traffic: { requestsPerSecond: 50, known: 'measured' },
  steps: [
    {
      ...{ weight: 5, beginsMs: 0, lastsMs: 300_000, goesOn: 'person' },
      notices: [
        {
          ...{ objective: 'error-rate', share: 0.03, bound: 0.01, blind: true },
          text: 'at 2.5 requests/s a step of 5 min finds 3 % error rate in 95 of 100 cases',
        },
      ],
    },
    { weight: 100, beginsMs: 300_000, lastsMs: 300_000, goesOn: 'by-itself', notices: [] },
  ],
  ...{ bakeMs: 600_000, leastMs: 1_200_000 },
  ways: [{ when: 'for 2 h after the end', takes: 'seconds', text: 'The former environment stays warm.' }],
  ...changes,
});

describe('sluice plan', () => {
  let sluice: FakeSluice;
  beforeEach(async () => {
    sluice = await startFakeSluice();
    sluice.answers.set('GET /api/services', { body: { services: [serviceOf()] } });
    sluice.answers.set('GET /api/services/shop/plan', { body: planOf() });
  });
  afterEach(() => sluice.close());
  const run = (...words: string[]) => runSluice([...words, '--url', sluice.url, '--token', 't']);
  const posts = () => sluice.asked.filter(({ method }) => method !== 'GET');

  it('prints each part of it, in the order in which it would come', async () => {
    const { exitCode, out } = await run('plan', '--version', 'v2.1.0');

    expect(exitCode).toBe(0);
    const parts = [
      'nothing was started',
      'It would be accepted now, as far as Sluice knows.',
      'rollback op1',
      'Not known:',
      'Whether the functions have their rights.',
      'Live: v2.0.5 on blue',
      'Goes to: green',
      'test  pass',
      'https://github.com/example/shop/runs/1',
      'The major version changes.',
      'v2.0.5: 1 commit',
      'model accuracy  0.94 (v2.0.5: 0.93)',
      'Approvals, within 24 h',
      '1 of devops (ben@example.com)',
      'ana@example.com asked for this release',
      'mallory',
      'Opens 2026-11-23 14:00:00Z, in 5 h',
      'at 50 requests/s, as measured now',
      '5 % after 0 s, for 5 min, then a person decides',
      'finds 3 % error rate in 95 of 100 cases (worse than its objective allows)',
      '100 % after 5 min, for 5 min',
      'at least 20 min in total',
      'for 2 h after the end: seconds.',
    ];
    expect(parts.filter((part) => !out.includes(part))).toEqual([]);
    const places = parts.map((part) => out.indexOf(part));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('exits as a refusal does where the deployment would be refused, with the plan printed', async () => {
    sluice.answers.set('GET /api/services/shop/plan', { body: planOf({ refusals: ['test: ended as failure.'] }) });

    const { exitCode, out, err } = await run('plan', '--version', 'v2.1.0', '--output', 'json');

    expect(exitCode).toBe(3);
    expect(err).toMatch(/^sluice: WouldBeRefused: v2\.1\.0 would not be deployed: test: ended as failure\./);
    expect(planSchema.parse(JSON.parse(out)).refusals).toEqual(['test: ended as failure.']);
  });

  it('is what deploy --dry-run says, which starts nothing', async () => {
    const planned = await run('plan', '--version', 'v2.1.0', '--type', 'hotfix');
    const dry = await run('deploy', '--version', 'v2.1.0', '--type', 'hotfix', '--justification', 'why', '--dry-run');

    expect(dry).toEqual(planned);
    expect(sluice.asked.at(-1)?.path).toBe('/api/services/shop/plan?version=v2.1.0&type=hotfix');
    expect(posts()).toEqual([]);
  });
});
