import { expect, it } from 'vitest';
import { hours, seconds } from '../../../../contracts/duration.ts';
import { instant } from '../../../../contracts/instant.ts';
import { lookUntil } from '../../../../pipeline/shift/look-until.ts';

/** Time that passes only while it pauses; `jump` moves the clock besides. */
function clock() {
  let now = Date.parse('2026-11-28T03:00:00Z');
  let paused = 0;
  return {
    deps: {
      now: () => instant(now),
      patience: seconds(55),
      pause: async (duration: number) => {
        now += duration;
        paused += duration;
      },
    },
    jump: (by: number) => {
      now += by;
    },
    paused: () => paused,
  };
}

it('looks for all of its patience before it says that it has to be called again, so that no such round comes at once', async () => {
  const { deps, paused } = clock();

  const answer = await lookUntil(deps, seconds(0.5), async () => null);

  expect(answer).toBeNull();
  expect(paused()).toBe(seconds(55));
});

it('is not prolonged by a clock that is set back meanwhile (I11)', async () => {
  const { deps, jump, paused } = clock();
  let looks = 0;

  await lookUntil(deps, seconds(0.5), async () => {
    looks += 1;
    if (looks === 10) jump(-hours(6));
    return null;
  });

  expect(paused()).toBe(seconds(55));
});

it('answers at once what it sees', async () => {
  const { deps, paused } = clock();

  expect(await lookUntil(deps, seconds(0.5), async () => 'ready')).toBe('ready');
  expect(paused()).toBe(0);
});
