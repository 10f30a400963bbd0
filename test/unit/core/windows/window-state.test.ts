import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DeploymentWindow } from '../../../../contracts/configuration/windows.ts';
import { hours, milliseconds, minutes } from '../../../../contracts/duration.ts';
import { formatInstant, instant, later, parseInstant } from '../../../../contracts/instant.ts';
import { windowState } from '../../../../core/windows/window-state.ts';
import { zoneClock } from '../../../../core/windows/zone-offset.ts';

const window = (changes: Partial<DeploymentWindow> = {}): DeploymentWindow => ({
  kind: 'allow',
  schedule: '0 9 * * 1-5',
  duration: hours(8),
  timeZone: 'America/New_York',
  ...changes,
});
const stateAt = (time: string, ...windows: DeploymentWindow[]) => windowState(windows, parseInstant(time));
const openingAfter = (time: string, ...windows: DeploymentWindow[]) => {
  const state = stateAt(time, ...windows);
  if (state.kind === 'open') return 'open';
  return state.nextOpening && formatInstant(state.nextOpening);
};

describe('a window of working hours in New York', () => {
  it('has both ends exclusive', () => {
    expect(stateAt('2026-11-23T14:00:00.000Z', window()).kind).toBe('closed');
    expect(stateAt('2026-11-23T14:00:00.001Z', window()).kind).toBe('open');
    expect(stateAt('2026-11-23T21:59:59.999Z', window()).kind).toBe('open');
    expect(stateAt('2026-11-23T22:00:00.000Z', window()).kind).toBe('closed');
  });

  it('says when it opens next: after the weekend, and by the clock of that day', () => {
    expect(openingAfter('2026-11-20T23:00:00Z', window())).toBe('2026-11-23T14:00:00.001Z');
    expect(openingAfter('2026-11-23T14:00:00Z', window())).toBe('2026-11-23T14:00:00.001Z');
    expect(openingAfter('2026-03-06T23:00:00Z', window())).toBe('2026-03-09T13:00:00.001Z');
    expect(openingAfter('2026-10-30T22:00:00Z', window())).toBe('2026-11-02T14:00:00.001Z');
  });

  it('keeps to the wall clock on a day on which the clocks change', () => {
    const night = window({ schedule: '0 0 * * *' });

    // 8 March 2026: from 02:00 EST to 03:00 EDT, so 08:00 comes an hour sooner
    expect(stateAt('2026-03-08T11:59:59Z', night).kind).toBe('open');
    expect(stateAt('2026-03-08T12:00:01Z', night).kind).toBe('closed');
    // 1 November 2026: from 02:00 EDT back to 01:00 EST, so 08:00 comes an hour later
    expect(stateAt('2026-11-01T12:59:59Z', night).kind).toBe('open');
    expect(stateAt('2026-11-01T13:00:01Z', night).kind).toBe('closed');
  });

  it('that begins within the hour that is skipped opens with the new time', () => {
    const skipped = window({ schedule: '30 2 * * *', duration: hours(1) });

    expect(openingAfter('2026-03-08T06:00:00Z', skipped)).toBe('2026-03-08T07:00:00.000Z');
  });
});

describe('several windows', () => {
  const always = window({ schedule: '* * * * *', duration: minutes(2), timeZone: 'UTC' });
  const noon = window({ kind: 'deny', schedule: '0 12 * * *', duration: hours(1), timeZone: 'UTC' });

  it('open when there are none', () => {
    expect(stateAt('2026-11-23T03:00:00Z').kind).toBe('open');
  });

  it('closed by an active deny whatever is allowed, until it ends', () => {
    expect(openingAfter('2026-11-23T12:30:00Z', always, noon)).toBe('2026-11-23T13:00:00.000Z');
  });

  it('open outside of a deny when nothing is allowed in particular', () => {
    expect(stateAt('2026-11-23T11:00:00Z', noon).kind).toBe('open');
    expect(openingAfter('2026-11-23T12:30:00Z', noon)).toBe('2026-11-23T13:00:00.000Z');
  });

  it('open when any of several allows is active', () => {
    expect(stateAt('2026-11-23T03:00:00Z', window(), window({ schedule: '0 2 * * *', timeZone: 'UTC' })).kind).toBe(
      'open',
    );
  });

  it('that never open are told so, in bounded time', () => {
    const never = window({ kind: 'deny', schedule: '* * * * *', duration: hours(5), timeZone: 'UTC' });

    expect(openingAfter('2026-11-23T03:00:00Z', never)).toBeNull();
  });
});

it('an unknown time zone is an error', () => {
  expect(() => stateAt('2026-11-23T03:00:00Z', window({ timeZone: 'America/Gotham' }))).toThrow(RangeError);
});

it('the next opening is open, and nothing between now and then is', () => {
  const anyWindow = fc.record<DeploymentWindow>({
    kind: fc.constantFrom('allow', 'deny'),
    schedule: fc.constantFrom('0 9 * * 1-5', '30 2 * * *', '0 0 * * 0', '15 2,14 * * *', '0 22 1 * *'),
    duration: fc.integer({ min: 1, max: 22 }).map((halves) => minutes(30 * halves)),
    timeZone: fc.constantFrom('UTC', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia'),
  });
  const start = parseInstant('2026-01-01T00:00:00Z');
  const time = fc.integer({ min: 0, max: 365 * 24 * 60 }).map((count) => later(start, minutes(count)));
  fc.assert(
    fc.property(
      fc.array(anyWindow, { minLength: 1, maxLength: 3 }),
      time,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (windows, now, part) => {
        const state = windowState(windows, now);
        if (state.kind === 'open' || state.nextOpening === null) return;

        expect(state.nextOpening).toBeGreaterThan(now);
        expect(windowState(windows, state.nextOpening).kind).toBe('open');
        expect(windowState(windows, instant(state.nextOpening - 1)).kind).toBe('closed');
        const between = later(now, milliseconds(Math.floor((state.nextOpening - now) * part)));
        expect(windowState(windows, between)).toEqual(state);
      },
    ),
    { numRuns: 60 },
  );
});

it('a zone changes its clock at the very moment', () => {
  const clock = zoneClock('America/New_York');
  const start = parseInstant('2026-01-01T00:00:00Z');
  const change = clock.nextChange(start);

  expect(change && formatInstant(change)).toBe('2026-03-08T07:00:00.000Z');
  expect(zoneClock('Asia/Kolkata').offsetAt(start)).toBe(5.5 * 3_600_000);
});
