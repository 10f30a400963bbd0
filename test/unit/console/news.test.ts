import { describe, expect, it } from 'vitest';
import { newsOf } from '../../../console/news.ts';
import { ended, entry, overview, shifted } from './overviews.ts';

describe('what is read out', () => {
  it('is nothing when nothing changed', () => {
    const seen = overview({ service: shifted(75), history: [entry()] });

    expect(newsOf(seen, structuredClone(seen))).toEqual([]);
  });

  it('is a new weight, a new state and an outcome', () => {
    const before = overview({ service: shifted(95), history: [entry()] });

    expect(newsOf(before, overview({ service: shifted(75), history: [entry()] }))).toEqual([
      'Blue (v2.0.5) has 75 % of the traffic, green (v2.1.0) 25 %.',
    ]);
    expect(newsOf(before, overview({ service: shifted(95), history: [entry({ state: 'baking' })] }))).toEqual([
      'Deployment of v2.1.0: watching it with all the traffic.',
    ]);
    expect(newsOf(before, overview({ service: shifted(95), history: [ended('rolled-back')] }))).toEqual([
      'Deployment of v2.1.0: Rolled back.',
    ]);
  });

  it('is a freeze and its end, and an environment that degrades', () => {
    const calm = overview();
    const frozen = overview({
      service: { frozen: { reason: 'a look is needed', operation: null, by: 'ana', at: '' } },
    });
    const { environments } = calm.service;
    const sick = overview({
      service: { environments: { ...environments, green: { ...environments.green, health: 'degraded' } } },
    });

    expect(newsOf(calm, frozen)).toEqual(['Frozen: a look is needed']);
    expect(newsOf(frozen, calm)).toEqual(['No longer frozen.']);
    expect(newsOf(calm, sick)).toEqual(['Green is degraded.']);
    expect(newsOf(sick, calm)).toEqual(['Green is healthy.']);
  });

  it('is not what differs because another service is looked at', () => {
    expect(newsOf(overview(), overview({ service: { ...shifted(75), name: 'other' } }))).toEqual([]);
  });
});
