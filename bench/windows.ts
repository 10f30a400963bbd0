import type { DeploymentWindow } from '../contracts/configuration/windows.ts';
import { hours, milliseconds } from '../contracts/duration.ts';
import { later, parseInstant } from '../contracts/instant.ts';
import { windowState } from '../core/windows/window-state.ts';
import { line } from './statistics.ts';

/** Expressions that take a search far, or that start often. */
const schedules = [
  '0 9 * * 1-5',
  '* * * * *',
  '0 9 29 2 *',
  '* * 29 2 *',
  '* * 31 * *',
  '* * 13 * 1',
  '* * */2 * *',
  '* 2 * * *',
  '0 0 29 2 *',
];
const durations = [1_000, hours(1), hours(25), hours(40 * 24), hours(36_500 * 24)];
const kinds = ['allow', 'deny'] as const;
const begin = parseInstant('2026-11-29T05:00:00Z');
/** So many moments of the year after it are asked about. */
const moments = 12;

/** ms that one answer takes. */
function time(windows: readonly DeploymentWindow[], moment: number): number {
  const now = later(begin, milliseconds((hours(366 * 24) * moment) / moments));
  const began = performance.now();
  windowState(windows, now);
  return performance.now() - began;
}

const windowOf = (schedule: string, kind: DeploymentWindow['kind'], duration: number, timeZone: string) => ({
  ...{ kind, schedule, timeZone },
  duration: milliseconds(duration),
});

// What is measured first is compiled as it runs.
for (let moment = 0; moment < moments; moment += 1) time([windowOf('* * * * *', 'deny', 1_000, 'UTC')], moment);

/** A zone whose clock nobody has asked before in this process: its changes are looked for first. */
const coldZones = Intl.supportedValuesOf('timeZone').map((zone) =>
  time([windowOf('0 9 29 2 *', 'allow', hours(8), zone)], 0),
);
const report = [line('a zone that is asked for the first time', coldZones, 'ms', '≤ 10 ms')];
for (const schedule of schedules) {
  const measured = kinds.flatMap((kind) =>
    durations.flatMap((duration) =>
      ['UTC', 'America/New_York', 'Africa/Casablanca'].flatMap((zone) =>
        Array.from({ length: moments }, (_, moment) => time([windowOf(schedule, kind, duration, zone)], moment)),
      ),
    ),
  );
  report.push(line(`when windows of ${schedule} change`, measured, 'ms', '≤ 10 ms'));
}
const all = schedules.flatMap((schedule, index) =>
  kinds.map((kind) => windowOf(schedule, kind, 1_000 * (index + 1), index % 2 === 0 ? 'UTC' : 'America/New_York')),
);
const together = Array.from({ length: moments }, (_, moment) => time(all, moment));
report.push(line(`all of these at once (${all.length} windows)`, together, 'ms', 'none'));
process.stdout.write(`${report.join('\n')}\n`);
