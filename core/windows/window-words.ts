import type { ApiWindows } from '../../contracts/api/windows.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { DeploymentWindow } from '../../contracts/configuration/windows.ts';
import { formatDuration } from '../../contracts/duration.ts';
import { formatInstant, type Instant } from '../../contracts/instant.ts';
import { durationWords, timeWords } from '../../contracts/words.ts';
import { isWindowActive, type WindowState, windowState } from './window-state.ts';

type Closed = Extract<WindowState, { kind: 'closed' }>;

/** `the deny window "0 12 * * *" for 1 h, UTC` */
const windowWords = ({ kind, schedule, duration, timeZone }: DeploymentWindow): string =>
  `the ${kind} window "${schedule}" for ${durationWords(duration)}, ${timeZone}`;

/** Why it is closed, and by which window, as a sentence. */
export function closedWords(windows: readonly DeploymentWindow[], { denied }: Closed): string {
  if (denied.length > 0) return `Closed by ${denied.map(windowWords).join(' and ')}.`;
  const allows = windows.filter(({ kind }) => kind === 'allow').map(windowWords);
  return allows.length === 1 ? `Closed outside of ${allows[0]}.` : `Closed outside of each of ${allows.join('; ')}.`;
}

/** `It opens 2026-11-23 14:00:00Z.` */
export const openingWords = ({ nextOpening }: Closed): string =>
  nextOpening === null ? 'It does not open within a year.' : `It opens ${timeWords(nextOpening)}.`;

/** The windows of a service as people see them. Nothing in it changes but when a window begins or ends. */
export function describeWindows(
  { windows, outsideWindows, deadlines }: Pick<ServiceConfiguration, 'windows' | 'outsideWindows' | 'deadlines'>,
  now: Instant,
): ApiWindows {
  const state = windowState(windows, now);
  const change = state.kind === 'open' ? state.closes : state.nextOpening;
  return {
    state: state.kind,
    text: state.kind === 'closed' ? closedWords(windows, state) : windows.length === 0 ? 'Always open.' : 'Open.',
    change: change === null ? null : { text: state.kind === 'open' ? 'Closes' : 'Opens', at: formatInstant(change) },
    outside:
      outsideWindows === 'refuse'
        ? 'A deployment that finds it closed is refused; a hotfix passes.'
        : `A deployment that finds it closed waits for up to ${durationWords(deadlines.window)}, then ends; a hotfix passes.`,
    list: windows.map((window) => ({
      kind: window.kind,
      schedule: window.schedule,
      duration: formatDuration(window.duration),
      timeZone: window.timeZone,
      active: isWindowActive(window, now),
    })),
  };
}
