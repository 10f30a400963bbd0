import { describe, expect, it } from 'vitest';
import { createTimedCache } from '../../../../adapters/shared/timed-cache.ts';
import { minutes } from '../../../../contracts/duration.ts';
import { after, instant } from '../../../../contracts/instant.ts';

const start = instant(0);

function world() {
  const state = { now: start, fetched: 0, fail: false };
  const cache = createTimedCache({
    keepFor: minutes(5),
    now: () => state.now,
    fetch: async () => {
      state.fetched += 1;
      if (state.fail) throw new Error('no');
      return state.fetched;
    },
  });
  return { state, cache };
}

describe('createTimedCache', () => {
  it('fetches once for questions that come together and until the value is too old', async () => {
    const { state, cache } = world();

    expect(await Promise.all([cache.get(), cache.get()])).toEqual([1, 1]);
    state.now = instant(minutes(5) - 1);
    expect(await cache.get()).toBe(1);
    state.now = after(start, minutes(5));
    expect(await cache.get()).toBe(2);
  });

  it('keeps no failure', async () => {
    const { state, cache } = world();
    state.fail = true;
    await expect(cache.get()).rejects.toThrow('no');

    state.fail = false;

    expect(await cache.get()).toBe(2);
  });

  it('fetches again once told to forget', async () => {
    const { cache } = world();
    await cache.get();

    cache.forget();

    expect(await cache.get()).toBe(2);
  });
});
