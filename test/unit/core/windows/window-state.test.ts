import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCron } from '../../../../contracts/configuration/cron.ts';
import type { DeploymentWindow } from '../../../../contracts/configuration/windows.ts';
import { hours, milliseconds, minutes } from '../../../../contracts/duration.ts';
import { formatInstant, type Instant, instant, later, parseInstant } from '../../../../contracts/instant.ts';
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
        expect(windowState(windows, between)).toMatchObject({ kind: 'closed', nextOpening: state.nextOpening });
      },
    ),
    { numRuns: 60 },
  );
});

describe('beside a search by minutes', () => {
  const minute = 60_000;
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const field = (min: number, max: number) =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constant({ text: '*', values: range(min, max) }) },
      fc
        .subarray(range(min, max), { minLength: 1, maxLength: 4 })
        .map((values) => ({ text: values.join(','), values })),
    );
  const anyWindow = fc
    .record({
      kind: fc.constantFrom<DeploymentWindow['kind']>('allow', 'deny'),
      fields: fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)),
      duration: fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 3_000 })),
      timeZone: fc.constantFrom('UTC', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
    })
    .map(({ kind, fields, duration, timeZone }) => ({
      fields: fields.map(({ values }) => values),
      eitherDay: fields[2].text !== '*' && fields[4].text !== '*',
      window: { kind, schedule: fields.map(({ text }) => text).join(' '), duration: minutes(duration), timeZone },
    }))
    .filter(({ window: { schedule } }) => readCron(schedule).kind === 'cron');
  type AnyWindow = typeof anyWindow extends fc.Arbitrary<infer Value> ? Value : never;
  const days = 3;

  /** Whether it is active, by all its starts from two days before `now` until `days` after. */
  function byMinutes({ fields, eitherDay, window: { duration, timeZone } }: AnyWindow, now: Instant) {
    const base = Math.floor((now - duration) / minute) - 1_500;
    const lastBefore: number[] = [];
    let last = Number.NEGATIVE_INFINITY;
    for (let wall = base; wall * minute < now + (days + 2) * 24 * 60 * minute; wall += 1) {
      lastBefore.push(last);
      const date = new Date(wall * minute);
      const fits = [
        date.getUTCMinutes(),
        date.getUTCHours(),
        date.getUTCDate(),
        date.getUTCMonth() + 1,
        date.getUTCDay(),
      ].map((value, index) => fields[index]?.includes(value) === true);
      const dayFits = eitherDay ? fits[2] || fits[4] : fits[2] && fits[4];
      if (fits[0] && fits[1] && dayFits && fits[3]) last = wall * minute;
    }
    return (at: number): boolean => {
      const wall = at + zoneClock(timeZone).offsetAt(instant(at));
      return wall < (lastBefore[Math.ceil(wall / minute) - base] ?? Number.NaN) + duration;
    };
  }

  it('it says the same, and when that changes', () => {
    // Around changes of the clock, and at any time.
    const near = ['2026-03-08T06:30:00Z', '2026-11-01T05:30:00Z', '2026-04-04T14:50:00Z'].map(parseInstant);
    const any = fc
      .integer({ min: 0, max: 365 * 24 * 60 })
      .map((count) => later(parseInstant('2026-01-01T00:00:00Z'), minutes(count)));
    const time = fc.oneof(
      any,
      fc
        .constantFrom(...near)
        .chain((at) => fc.integer({ min: -1_500, max: 60 }).map((offset) => later(at, minutes(offset)))),
    );
    fc.assert(
      fc.property(fc.array(anyWindow, { minLength: 1, maxLength: 3 }), time, (windows, now) => {
        const active = windows.map((one) => ({ kind: one.window.kind, is: byMinutes(one, now) }));
        const isOpen = (at: number) => {
          if (active.some(({ kind, is }) => kind === 'deny' && is(at))) return false;
          const allows = active.filter(({ kind }) => kind === 'allow');
          return allows.length === 0 || allows.some(({ is }) => is(at));
        };
        const state = windowState(
          windows.map((one) => one.window),
          now,
        );

        expect(state.kind).toBe(isOpen(now) ? 'open' : 'closed');
        const told = state.kind === 'open' ? state.closes : state.nextOpening;
        const until = now + days * 24 * 60 * minute;
        // Durations and offsets are whole minutes here: it changes at one, or a millisecond later.
        let found: number | null = null;
        for (let at: number = now; at < until && found === null; at += minute) {
          found = [at, at + 1].find((moment) => isOpen(moment) !== isOpen(now)) ?? null;
        }
        expect(told !== null && told < until ? formatInstant(told) : null).toBe(found && formatInstant(instant(found)));
      }),
      { numRuns: 100 },
    );
  });
});

/** What one answer takes, in pieces of work that are the same on every machine; `npm run bench:windows` has the milliseconds. */
function workOf(windows: readonly DeploymentWindow[], now: Instant) {
  const work = { stretch: 0, day: 0, start: 0 };
  windowState(windows, now, (kind) => {
    work[kind] += 1;
  });
  return work;
}

describe('an answer comes within milliseconds: it looks at each day of a year twice at most, and works out few of them', () => {
  /** Two searches through a year and a day; a zone changes its clock four times in it at most. */
  const mostStretches = 2 * (367 + 4);
  /** Questions about a day: a few for each stretch, and those back to a start of up to eight years before. */
  const mostDays = 5 * mostStretches + 8 * 366;
  /** Days are worked out, from minute to minute, only where they differ in what reaches into them, in having starts or in their offset: a few dozen at most. */
  const mostStarts = 24 * 24 * 60;
  const at = ['2026-11-29T05:00:00Z', '2026-03-08T06:59:59Z', '2028-02-29T00:00:30Z', '2027-12-31T23:59:59.999Z'];
  const zones = ['UTC', 'America/New_York', 'Africa/Casablanca', 'Australia/Lord_Howe', 'Asia/Kathmandu'];

  it.each([
    ['29 February', '0 9 29 2 *'],
    ['each minute of 29 February', '* * 29 2 *'],
    ['the 31st', '0 0 31 * *'],
    ['each minute of the 31st', '* * 31 * *'],
    ['each minute of Mondays and of the 13th', '* * 13 * 1'],
    ['each minute', '* * * * *'],
    ['each minute of an hour that the clock skips', '* 2 * * *'],
    ['each minute of every second day', '* * */2 * *'],
  ])('%s, in any zone and however long it lasts', (_, schedule) => {
    for (const timeZone of zones)
      for (const kind of ['allow', 'deny'] as const)
        for (const duration of [1_000, hours(1), hours(25), hours(40 * 24), hours(36_500 * 24)])
          for (const time of at) {
            const one = window({ kind, schedule, duration: milliseconds(duration), timeZone });
            const work = workOf([one], parseInstant(time));

            const told = `${schedule} ${timeZone} ${kind} ${duration} ${time}`;
            expect(work.stretch, told).toBeLessThanOrEqual(mostStretches);
            expect(work.day, told).toBeLessThanOrEqual(mostDays);
            expect(work.start, told).toBeLessThanOrEqual(mostStarts);
          }
  });

  it('twelve windows of twelve kinds in five zones', () => {
    const schedules = ['* * 29 2 *', '* * 31 * *', '* * */2 * *', '* * */3 * *', '* * * * 1', '0 9 * * 1-5'];
    const windows = schedules.flatMap((schedule, index) =>
      (['allow', 'deny'] as const).map((kind) =>
        window({
          kind,
          schedule,
          duration: milliseconds(1_000 * (index + 1)),
          timeZone: zones[index % zones.length] ?? 'UTC',
        }),
      ),
    );

    for (const time of at) {
      const work = workOf(windows, parseInstant(time));

      expect(work.stretch).toBeLessThanOrEqual(2 * (367 + 4 * zones.length));
      expect(work.day).toBeLessThanOrEqual(windows.length * mostDays);
    }
  });
});

it('says by which deny windows it is closed, and of none when nothing allows', () => {
  const noon = window({ kind: 'deny', schedule: '0 12 * * *', duration: hours(1), timeZone: 'UTC' });
  const afternoon = window({ kind: 'deny', schedule: '0 13 * * *', duration: hours(1), timeZone: 'UTC' });

  expect(stateAt('2026-11-23T12:30:00Z', noon, afternoon)).toMatchObject({ kind: 'closed', denied: [noon] });
  expect(stateAt('2026-11-23T03:00:00Z', window(), noon)).toMatchObject({ kind: 'closed', denied: [] });
});

it('says when it closes: with its end, with a deny, and not at all', () => {
  const closing = (time: string, ...windows: DeploymentWindow[]) => {
    const state = stateAt(time, ...windows);
    return state.kind === 'open' ? state.closes && formatInstant(state.closes) : 'closed';
  };
  const noon = window({ kind: 'deny', schedule: '0 12 * * *', duration: hours(1), timeZone: 'America/New_York' });

  expect(closing('2026-11-23T15:00:00Z', window())).toBe('2026-11-23T22:00:00.000Z');
  expect(closing('2026-11-23T15:00:00Z', window(), noon)).toBe('2026-11-23T17:00:00.001Z');
  expect(closing('2026-11-23T15:00:00Z')).toBeNull();
});

it.each([
  [
    'opens and closes each minute, never both',
    [['allow', 30_000, '* * * * *'] as const, ['deny', 30_000, '* * * * *'] as const],
  ],
  ['is denied for a century', [['deny', hours(36_500 * 24), '0 0 29 2 *'] as const]],
  ['opens for a second every four years', [['allow', 1_000, '0 0 29 2 *'] as const]],
])('what %s is not waited for', (_, written) => {
  const windows = written.map(([kind, duration, schedule]) =>
    window({ kind, schedule, duration: milliseconds(duration), timeZone: 'UTC' }),
  );

  expect(windowState(windows, parseInstant('2026-11-29T05:00:00Z'))).toMatchObject({
    kind: 'closed',
    nextOpening: null,
  });
});

it('a zone changes its clock at the very moment', () => {
  const clock = zoneClock('America/New_York');
  const start = parseInstant('2026-01-01T00:00:00Z');
  const change = clock.nextChange(start);

  expect(change && formatInstant(change)).toBe('2026-03-08T07:00:00.000Z');
  expect(zoneClock('Asia/Kolkata').offsetAt(start)).toBe(5.5 * 3_600_000);
});
