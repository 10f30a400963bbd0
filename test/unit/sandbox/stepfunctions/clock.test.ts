import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../../../sandbox/stepfunctions/clock.ts';

const longest = 2 ** 31 - 1;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

it('a timer beyond what setTimeout takes fires in its time, not at once', () => {
  const fire = vi.fn();
  systemClock.setTimer(systemClock.now() + longest + 5_000, fire);

  vi.advanceTimersByTime(longest + 4_999);
  expect(fire).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(fire).toHaveBeenCalledTimes(1);
});

it('a cancelled timer does not fire, also after its first stretch', () => {
  const fire = vi.fn();
  const cancel = systemClock.setTimer(systemClock.now() + longest + 5_000, fire);

  vi.advanceTimersByTime(longest + 1);
  cancel();
  vi.advanceTimersByTime(10_000);

  expect(fire).not.toHaveBeenCalled();
});

it('a time in the past is now', () => {
  const fire = vi.fn();
  systemClock.setTimer(0, fire);

  vi.advanceTimersByTime(1);

  expect(fire).toHaveBeenCalledTimes(1);
});
