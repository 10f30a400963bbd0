import type { DeploymentWindow } from '../../contracts/configuration/windows.ts';
import { hours } from '../../contracts/duration.ts';
import { type Instant, instant, later } from '../../contracts/instant.ts';
import { nobodyWatches, type Starts, startsOf, type Watch } from './starts.ts';
import { type ZoneClock, zoneClock } from './zone-offset.ts';

export type WindowState =
  /** `closes`: the first moment at which it is not open any more; null when there is none within a year. */
  | { kind: 'open'; closes: Instant | null }
  /**
   * `denied`: the deny windows that are active; when there is none, no allow window is. `nextOpening`: the first moment at which it is
   * open; null when there is none within a year.
   */
  | { kind: 'closed'; denied: readonly DeploymentWindow[]; nextOpening: Instant | null };

/**
 * Argo CD's semantics (DESIGN §5, windows): no window → open; an active deny wins; else an active allow opens; else an inactive
 * allow closes. A hotfix may pass whatever this says.
 *
 * Reckons in the zone's wall-clock time with the offset of the instant asked about, so that a window of eight hours that begins at nine
 * ends at five on every day, also when the clocks were changed in between. Both ends are exclusive.
 *
 * A year is searched by days: two days on which the same windows start, and into which as much reaches from before, are alike.
 *
 * @param watch is told of each `stretch` of time that is looked at, and of what `startsOf` looks at.
 * @throws RangeError when a time zone is unknown or a schedule is none; the configuration's schema refuses it before.
 */
export function windowState(
  windows: readonly DeploymentWindow[],
  now: Instant,
  watch: Watch = nobodyWatches,
): WindowState {
  if (windows.length === 0) return { kind: 'open', closes: null };
  const read = windows.map((window) => readWindow(window, watch));
  const opening = firstMoment(read, now, firstOpen, watch);
  if (opening === now) return { kind: 'open', closes: firstMoment(read, now, firstClosed, watch) };
  const denied = read.filter(({ window, isActive }) => window.kind === 'deny' && isActive(now));
  return { kind: 'closed', denied: denied.map(({ window }) => window), nextOpening: opening };
}

/** Whether it is active at that moment, whatever other windows say. */
export const isWindowActive = (window: DeploymentWindow, at: Instant): boolean =>
  readWindow(window, nobodyWatches).isActive(at);

/** From its first millisecond to the first after it. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

interface ReadWindow {
  readonly window: DeploymentWindow;
  readonly clock: ZoneClock;
  isActive(at: Instant): boolean;
  /** When it is active within a stretch in which no clock changes, ascending and apart from each other. */
  activeIn(stretch: Stretch): Stretch[];
  /** The same text for two whole days of UTC in which it is active at the same times. */
  patternIn(stretch: Stretch): string;
}

const day = hours(24);
const horizon = hours(366 * 24);

function readWindow(window: DeploymentWindow, watch: Watch): ReadWindow {
  const { schedule, duration, timeZone } = window;
  const starts: Starts = startsOf(schedule, watch);
  const clock = zoneClock(timeZone);
  const wallOf = ({ from, to }: Stretch) => {
    const offset = clock.offsetAt(instant(from));
    return { offset, from: from + offset, to: to + offset };
  };
  /** How long after `wall` it stays active by its last start before. */
  const leftAt = (wall: number): number => {
    const last = starts.before(wall, wall - duration);
    return last === null ? 0 : Math.max(0, last + duration - wall);
  };
  return {
    window,
    clock,
    isActive: (at) => leftAt(at + clock.offsetAt(at)) > 0,
    activeIn(stretch) {
      const { offset, from, to } = wallOf(stretch);
      const left = leftAt(from);
      const active: { from: number; to: number }[] = left > 0 ? [{ from, to: Math.min(to, from + left) }] : [];
      for (const start of starts.within(from, to)) {
        const end = Math.min(to, start + duration);
        const last = active.at(-1);
        if (last !== undefined && start + 1 <= last.to) last.to = Math.max(last.to, end);
        else if (start + 1 < end) active.push({ from: start + 1, to: end });
      }
      return active.map((one) => ({ from: one.from - offset, to: one.to - offset }));
    },
    patternIn(stretch) {
      const { offset, from, to } = wallOf(stretch);
      return `${offset} ${Math.min(leftAt(from), to - from)} ${starts.pattern(from, to)}`;
    },
  };
}

/** When the windows are active in one stretch: what denies, and what allows, null where nothing has to. */
interface Activity {
  readonly denies: readonly Stretch[];
  readonly allows: readonly Stretch[] | null;
}

/** The first moment at or after `now` that `find` finds within a year. */
function firstMoment(
  windows: readonly ReadWindow[],
  now: Instant,
  find: (activity: Activity, stretch: Stretch) => number | null,
  watch: Watch,
): Instant | null {
  const until = later(now, horizon);
  /** Patterns of whole days in which there is nothing to find. */
  const empty = new Set<string>();
  for (let from: number = now; from < until; ) {
    watch('stretch');
    const changes = windows.map(({ clock }) => clock.nextChange(instant(from)) ?? Number.POSITIVE_INFINITY);
    const stretch = { from, to: Math.min((Math.floor(from / day) + 1) * day, ...changes) };
    const pattern = stretch.to - from === day ? windows.map(({ patternIn }) => patternIn(stretch)).join('|') : null;
    if (pattern === null || !empty.has(pattern)) {
      const found = find(activityIn(windows, stretch), stretch);
      if (found !== null) return found < until ? instant(found) : null;
      if (pattern !== null) empty.add(pattern);
    }
    from = stretch.to;
  }
  return null;
}

function activityIn(windows: readonly ReadWindow[], stretch: Stretch): Activity {
  const of = (kind: DeploymentWindow['kind']) => windows.filter(({ window }) => window.kind === kind);
  const union = (those: readonly ReadWindow[]) =>
    those.flatMap(({ activeIn }) => activeIn(stretch)).sort((a, b) => a.from - b.from);
  const allows = of('allow');
  return { denies: union(of('deny')), allows: allows.length === 0 ? null : union(allows) };
}

function firstOpen({ denies, allows }: Activity, { from, to }: Stretch): number | null {
  const allowed = allows ?? [{ from, to }];
  let at = from;
  let [deny, allow] = [0, 0];
  while (at < to) {
    while (deny < denies.length && (denies[deny]?.to ?? to) <= at) deny += 1;
    while (allow < allowed.length && (allowed[allow]?.to ?? to) <= at) allow += 1;
    const nextAllow = allowed[allow];
    if (nextAllow === undefined) return null;
    const nextDeny = denies[deny];
    if (nextDeny !== undefined && nextDeny.from <= at) at = nextDeny.to;
    else if (nextAllow.from > at) at = nextAllow.from;
    else return at;
  }
  return null;
}

function firstClosed({ denies, allows }: Activity, { from, to }: Stretch): number | null {
  const denied = denies[0]?.from ?? to;
  let allowed = allows === null ? to : from;
  for (const one of allows ?? []) if (one.from <= allowed) allowed = Math.max(allowed, one.to);
  const closed = Math.max(from, Math.min(denied, allowed));
  return closed < to ? closed : null;
}
