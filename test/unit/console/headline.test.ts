import { describe, expect, it } from 'vitest';
import { headlineOf, tabTitle } from '../../../console/headline.ts';
import { operationName, outcomeWords } from '../../../console/words.ts';
import { ended, entry, overview, shifted } from './overviews.ts';

describe('the headline', () => {
  it('says where all the traffic is when nothing is going on', () => {
    expect(headlineOf(overview())).toEqual({
      title: 'All traffic is on blue (v2.0.5).',
      detail: 'Sluice has not deployed anything yet.',
      tone: 'calm',
    });
  });

  it('says what is in progress, and how the traffic is split', () => {
    expect(headlineOf(overview({ service: shifted(75), history: [entry()] }))).toEqual({
      title: 'Deployment of v2.1.0: shifting the traffic',
      detail: 'Blue (v2.0.5) has 75 % of the traffic, green (v2.1.0) 25 %.',
      tone: 'work',
    });
  });

  it('speaks of the holder of the lock, not of a newer one that waits', () => {
    const waiting = entry({
      id: 'deployment-2',
      state: 'awaiting-lock',
      release: { version: 'v2.2.0', commit: 'c', digest: 'd' },
    });
    const lock = { holder: 'deployment-1', kind: 'deployment', epoch: 1, acquiredAt: null, deadline: null };

    const { title } = headlineOf(overview({ service: { ...shifted(75), lock }, history: [waiting, entry()] }));

    expect(title).toBe('Deployment of v2.1.0: shifting the traffic');
  });

  it('names whose approval is missing', () => {
    const waiting = entry({
      state: 'awaiting-approval',
      waiting: { kind: 'approval', text: 'Waiting for 1 approval (devops): ana@example.com.', until: null, next: [] },
    });

    expect(headlineOf(overview({ history: [waiting] }))).toEqual({
      title: 'Deployment of v2.1.0 waits for approval',
      detail: 'Waiting for 1 approval (devops): ana@example.com.',
      tone: 'wait',
    });
  });

  it('says what holds up a sync, which is at work all the while', () => {
    const text = 'Not synced and rolled out yet: 1 of 3 replicas are available.';
    const waiting = { kind: 'sync' as const, text, until: null, next: [] };

    const headline = headlineOf(overview({ history: [entry({ state: 'syncing', waiting })] }));

    expect(headline).toMatchObject({ title: 'Deployment of v2.1.0: waiting for Argo CD', detail: text, tone: 'work' });
  });

  it('says until when a split by hand stays, and who asked for it', () => {
    const waiting = {
      ...{
        kind: 'split' as const,
        text: 'Keeping blue 75 %, green 25 %, as ana@example.com wants: comparing.',
        next: [],
      },
      until: { text: 'Everything goes back to blue', at: '2026-11-23T09:00:00Z' },
    };
    const kept = entry({ kind: 'switch-traffic', state: 'keeping-split', waiting });

    const { title, detail } = headlineOf(overview({ service: shifted(75), history: [kept] }));

    expect(title).toContain('keeping the split that was asked for');
    expect(detail).toMatch(
      /as ana@example.com wants: comparing\. Everything goes back to blue at \w{3} \d\d Nov, \d\d:\d\d:00\./,
    );
  });

  it('says why a shift is paused (I7)', () => {
    const waiting = { kind: 'pause' as const, text: 'Paused, because an alert about blue.', until: null, next: [] };
    const paused = entry({ pausedBecause: 'an alert about blue', waiting });

    expect(headlineOf(overview({ service: shifted(75), history: [paused] }))).toMatchObject({
      title: expect.stringContaining('Deployment of v2.1.0 is paused.'),
      detail: 'Paused, because an alert about blue.',
      tone: 'wait',
    });
  });

  it('remembers why the last deployment was rolled back, though the rollback is the last operation', () => {
    const history = [
      ended('succeeded', { id: 'rollback-1', kind: 'rollback', release: null, related: 'deployment-1' }),
      ended('rolled-back', { reason: 'Error rate 14 %, limit 1 %, for 2.1 s' }),
    ];

    expect(headlineOf(overview({ history })).detail).toBe(
      'Nothing is in progress. Deployment of v2.1.0: rolled back. Why: Error rate 14 %, limit 1 %, for 2.1 s.',
    );
  });

  const { blue, green } = overview().service.environments;
  const unread = { blue: { ...blue, weight: null }, green: { ...green, weight: null } };
  it.each([
    ['a freeze', { frozen: { reason: 'it cannot be verified', operation: null, by: 'sluice', at: '' } }, /^Frozen\./],
    [
      'an unreachable cluster',
      { problem: 'The cluster does not answer.', environments: unread },
      /^It is not known where the traffic is/,
    ],
    ['a route that requests pass by', { problem: 'http[0] mirrors requests to green.' }, /^(?!Nobody knows)/],
  ])('puts %s before everything else', (_, service, title) => {
    const found = headlineOf(overview({ service, history: [entry()] }));

    expect(found.title).toMatch(title);
    expect(found.tone).toBe('bad');
  });

  it('a freeze does not hide that the route is gone', () => {
    const frozen = { reason: 'its route is gone', operation: null, by: 'sluice', at: '' };
    const problem = 'VirtualService production/chest-xray-mlops does not exist.';

    expect(headlineOf(overview({ service: { frozen, problem } })).detail).toBe(`its route is gone. ${problem}`);
  });

  it('says that the active environment is degraded, not that all is well', () => {
    const { environments } = overview().service;
    const blue = { ...environments.blue, health: 'degraded', reason: '1 of 3 pods is ready' } as const;

    expect(headlineOf(overview({ service: { environments: { ...environments, blue } } }))).toEqual({
      title: 'All traffic is on blue (v2.0.5). It is degraded.',
      detail: '1 of 3 pods is ready',
      tone: 'bad',
    });
  });

  it.each([
    ['healthy', 3, 'v2.0.5', 'All traffic is on blue (v2.0.5).', 'calm'],
    ['progressing', 1, 'v2.0.5', 'All traffic is on blue (v2.0.5).', 'calm'],
    ['progressing', 0, 'v2.0.5', 'All traffic is on blue (v2.0.5). None of its pods is ready.', 'bad'],
    ['degraded', 2, 'v2.0.5', 'All traffic is on blue (v2.0.5). It is degraded.', 'bad'],
    [
      ...(['absent', 0, null] as const),
      'All traffic is on blue (nothing deployed). Nothing that could answer was found there.',
      'bad',
    ],
    ['unknown', null, null, 'All traffic is on blue (version not known). Its health is not known.', 'wait'],
  ] as const)('of a live side that is %s with %s pods ready', (health, ready, version, title, tone) => {
    const { environments } = overview().service;
    const blue = { ...environments.blue, health, ready, version, reason: 'why' };

    const found = headlineOf(overview({ service: { environments: { ...environments, blue } } }));

    expect(found).toMatchObject({ title, tone, ...(tone === 'calm' ? {} : { detail: 'why' }) });
  });

  it.each([
    ['absent', 'bad', 'The live side is blue. Nothing that could answer was found there.'],
    ['unknown', 'wait', 'The live side is blue. Its health is not known.'],
  ] as const)('says of a live side that is %s also while something is in progress', (health, tone, said) => {
    const environments = shifted(75).environments ?? overview().service.environments;
    const blue = { ...environments.blue, health };

    const found = headlineOf(overview({ service: { environments: { ...environments, blue } }, history: [entry()] }));

    expect(found).toMatchObject({ title: 'Deployment of v2.1.0: shifting the traffic', tone });
    expect(found.detail).toMatch(new RegExp(`^${said} Blue .* has 75 %`));
  });

  it('is on the tab too', () => {
    expect(tabTitle(overview({ service: shifted(75), history: [entry()] }))).toBe(
      'in progress, green 25 % · chest-xray-mlops · Sluice',
    );
  });
});

describe('the words for an operation', () => {
  it('call a split that lasted until its time ended as planned, and calm', () => {
    const reason = 'The split ended as planned: it was to last until 09:00, and nobody extended it [SplitEnded].';

    expect(outcomeWords({ outcome: 'expired', reason })).toEqual({ text: 'Ended as planned', tone: 'calm' });
    expect(outcomeWords({ outcome: 'expired', reason: 'too few approved [ApprovalExpired]' }).tone).toBe('wait');
  });

  it('name a rollback by the release that it takes away, or else by the version it goes back to', () => {
    const split = entry({ id: 'split-1', kind: 'switch-traffic' });
    const back = entry({ id: 'back-1', kind: 'rollback', release: null, returnsTo: 'v2.0.5' });

    expect(operationName({ ...back, related: 'deployment-1' }, [entry()])).toBe('Rollback of v2.1.0');
    expect(operationName({ ...back, related: 'split-1' }, [split])).toBe('Rollback to v2.0.5');
    expect(operationName({ ...entry(), release: null, wanted: 'v9.9.9' }, [])).toBe('Deployment of v9.9.9');
  });
});
