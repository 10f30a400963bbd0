import { Cron } from 'croner';
import type { DeploymentWindow } from '../../contracts/configuration/windows.ts';
import { hours } from '../../contracts/duration.ts';
import { type Instant, instant, later } from '../../contracts/instant.ts';
import { zoneClock } from './zone-offset.ts';

export type WindowState =
  | { kind: 'open' }
  /** `nextOpening`: the first moment at which it is open; null when there is none within a year (or 1,000 changes). */
  | { kind: 'closed'; nextOpening: Instant | null };

/**
 * Argo CD's semantics (DESIGN §5, windows): no window → open; an active deny wins; else an active allow opens; else an inactive
 * allow closes. A hotfix may pass whatever this says.
 *
 * @throws RangeError when a time zone is unknown; the configuration's schema refuses it before.
 */
export function windowState(windows: readonly DeploymentWindow[], now: Instant): WindowState {
  const read = windows.map(readWindow);
  return isOpen(read, now) ? { kind: 'open' } : { kind: 'closed', nextOpening: nextOpening(read, now) };
}

interface ReadWindow {
  readonly kind: 'allow' | 'deny';
  isActive(at: Instant): boolean;
  /** The first moment after `at` at which it may become active or inactive. */
  nextChange(at: Instant, until: Instant): Instant | null;
}

function isOpen(windows: readonly ReadWindow[], at: Instant): boolean {
  if (windows.some(({ kind, isActive }) => kind === 'deny' && isActive(at))) return false;
  const allows = windows.filter(({ kind }) => kind === 'allow');
  return allows.length === 0 || allows.some(({ isActive }) => isActive(at));
}

function nextOpening(windows: readonly ReadWindow[], now: Instant): Instant | null {
  const until = later(now, hours(366 * 24));
  let at = now;
  for (let changes = 0; changes < 1_000; changes += 1) {
    const next = windows.map((window) => window.nextChange(at, until)).filter((moment) => moment !== null);
    if (next.length === 0) return null;
    at = instant(Math.min(...next));
    if (isOpen(windows, at)) return at;
  }
  return null;
}

/**
 * Reckons in the zone's wall-clock time with the offset of the instant asked about, so that a window of eight hours that
 * begins at nine ends at five on every day, also when the clocks were changed in between. Both ends are exclusive.
 */
function readWindow({ kind, schedule, duration, timeZone }: DeploymentWindow): ReadWindow {
  const cron = new Cron(schedule, { paused: true, mode: '5-part', timezone: 'UTC' });
  const clock = zoneClock(timeZone);
  /** The first start after `wall`, both in wall-clock time. */
  const startAfter = (wall: number): number => cron.nextRun(new Date(wall))?.getTime() ?? Number.POSITIVE_INFINITY;
  return {
    kind,
    isActive(at) {
      const wall = at + clock.offsetAt(at);
      return startAfter(wall - duration) < wall;
    },
    nextChange(at, until) {
      const offset = clock.offsetAt(at);
      const wall = at + offset;
      const opens = startAfter(wall - 1) + 1 - offset;
      const closes = startAfter(wall - duration) + duration - offset;
      const next = Math.min(opens, closes, clock.nextChange(at) ?? Number.POSITIVE_INFINITY);
      return next < until ? instant(next) : null;
    },
  };
}
