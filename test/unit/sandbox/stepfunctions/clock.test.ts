import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../../../sandbox/stepfunctions/clock.ts';

const longest = 2 ** 31 - 1;

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000 });
});
afterEach(() => {
  jest.useRealTimers();
});

it('a timer beyond what setTimeout takes fires in its time, not at once', () => {
  const fire = jest.fn();
  systemClock.setTimer(systemClock.now() + longest + 5_000, fire);

  jest.advanceTimersByTime(longest + 4_999);
  expect(fire).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(fire).toHaveBeenCalledTimes(1);
});

it('a cancelled timer does not fire, also after its first stretch', () => {
  const fire = jest.fn();
  const cancel = systemClock.setTimer(systemClock.now() + longest + 5_000, fire);

  jest.advanceTimersByTime(longest + 1);
  cancel();
  jest.advanceTimersByTime(10_000);

  expect(fire).not.toHaveBeenCalled();
});

it('a time in the past is now', () => {
  const fire = jest.fn();
  systemClock.setTimer(0, fire);

  jest.advanceTimersByTime(1);

  expect(fire).toHaveBeenCalledTimes(1);
});
