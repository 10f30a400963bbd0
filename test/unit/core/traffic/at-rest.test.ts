import { describe, expect, it } from 'vitest';
import { decideRestPages, judgeRest, type RestFacts } from '../../../../core/traffic/at-rest.ts';

const weights = { blue: 100, green: 0 };
const fence = { epoch: 3, seq: 2, operation: 'op', origin: 'blue' as const, weights };
const side = (name: string, more: object = {}) => ({
  pods: { wanted: 3, ready: 3, rollout: 'over' as const, ...more },
  application: { name, sync: 'Synced', settled: true },
});
const facts = (changes: Partial<RestFacts> = {}): RestFacts => ({
  route: { weights, fence },
  adopted: 'before',
  minAvailable: 2,
  sides: { blue: side('app-blue'), green: side('app-green') },
  ...changes,
});
const sides = (changes: Partial<RestFacts['sides']>) => facts({ sides: { ...facts().sides, ...changes } });
const found = (given: RestFacts, state: 'wrong' | 'unknown' = 'wrong') =>
  judgeRest(given)
    .filter((one) => one.state === state)
    .map(({ kind, page }) => `${kind} ${page}`);

describe('a service at rest', () => {
  it('is well as Sluice left it', () => {
    expect(judgeRest(facts()).every(({ state }) => state === 'well')).toBe(true);
  });

  it.each<[string, RestFacts, string[]]>([
    ['other weights', facts({ route: { weights: { blue: 50, green: 50 }, fence } }), ['weights at-once']],
    ['no fence', facts({ route: { weights, fence: null } }), ['fence at-once']],
    ['no route', facts({ route: 'gone' }), ['fence at-once']],
    ['no pod where the traffic is', sides({ blue: side('a', { ready: 0 }) }), ['pods-blue at-once']],
    ['too few pods where the traffic is', sides({ blue: side('a', { ready: 1 }) }), ['pods-blue again']],
    ['no pod on the way back', sides({ green: side('a', { ready: 0 }) }), ['pods-green at-once']],
    [
      'an Application out of sync',
      sides({ green: { ...side('a'), application: { name: 'a', sync: 'OutOfSync', settled: true } } }),
      ['application-green at-once'],
    ],
  ])('has lost something: %s', (_, given, wrong) => {
    expect(found(given)).toEqual(wrong);
  });

  it.each<[string, RestFacts]>([
    ['a route that Sluice never took over', facts({ adopted: 'never', route: { weights, fence: null } })],
    ['a standby that was scaled to nothing', sides({ green: side('a', { wanted: 0, ready: 0 }) })],
    ['fewer pods on the way back', sides({ green: side('a', { ready: 1 }) })],
    ['a rollout on the way back', sides({ green: side('a', { ready: 0, rollout: 'under-way' }) })],
    [
      'a sync that is at work',
      sides({ green: { ...side('a'), application: { name: 'a', sync: 'OutOfSync', settled: false } } }),
    ],
  ])('has lost nothing: %s', (_, given) => {
    expect(found(given)).toEqual([]);
  });

  it('tells too few pods for traffic that somebody sent there with the weights', () => {
    const moved = facts({ route: { weights: { blue: 0, green: 100 }, fence } });

    expect(found({ ...moved, sides: { ...moved.sides, green: side('a', { ready: 1 }) } })).toEqual(['weights at-once']);
  });

  it('is unknown where it could not be read', () => {
    const nothing = { pods: null, application: null };
    const unread = facts({ route: null, sides: { blue: nothing, green: nothing } });

    expect(found(unread)).toEqual([]);
    expect(found(unread, 'unknown')).toHaveLength(6);
  });
});

describe('decideRestPages', () => {
  const channels = ['sns', 'mail'];
  const wrong = { kind: 'weights', state: 'wrong', reason: 'they are', page: 'at-once' } as const;
  const decide = (
    before: Parameters<typeof decideRestPages>[0],
    finding: Parameters<typeof decideRestPages>[1][number],
  ) => decideRestPages(before, [finding], { now: 'now', channels });

  it('tells which of several rules somebody changed', () => {
    const problem = 'rules[0] (api) has blue 50 %, green 50 %; give the rules of traffic.rules the same weights';
    const [finding] = judgeRest(facts({ route: { weights: { blue: 50, green: 0 }, fence, problem } }));

    expect(finding).toMatchObject({ kind: 'weights', state: 'wrong' });
    expect(finding?.reason).toMatch(
      /was last written by Sluice\. The route: rules\[0\] \(api\) has .* same weights\.$/,
    );
  });

  it('pages what is new, and again only through the channels that failed', () => {
    expect(decide({}, wrong)).toEqual({ open: { weights: { since: 'now', paged: [] } }, due: [wrong] });
    const half = { weights: { since: 'then', paged: ['sns'] } };
    expect(decide(half, wrong)).toEqual({ open: half, due: [wrong] });
    const all = { weights: { since: 'then', paged: channels } };
    expect(decide(all, wrong)).toEqual({ open: all, due: [] });
  });

  it('forgets what is well, and nothing that is unknown', () => {
    const all = { weights: { since: 'then', paged: channels } };

    expect(decide(all, { ...wrong, state: 'well' })).toEqual({ open: {}, due: [] });
    expect(decide(all, { ...wrong, state: 'unknown' })).toEqual({ open: all, due: [] });
    expect(decide({}, { ...wrong, state: 'unknown' })).toEqual({ open: {}, due: [] });
  });

  it('gives what may be over in a moment until the next look', () => {
    const passing = { ...wrong, page: 'again' } as const;
    const first = decide({}, passing);

    expect(first.due).toEqual([]);
    expect(decide(first.open, passing).due).toEqual([passing]);
  });
});
