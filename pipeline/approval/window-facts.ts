import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { formatInstant } from '../../contracts/instant.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { isHotfix } from '../../contracts/trigger.ts';
import { clause, durationWords } from '../../contracts/words.ts';
import { isBeforeWindow } from '../../core/windows/operation-window.ts';
import { type WindowState, windowState } from '../../core/windows/window-state.ts';
import type { Fact } from './deployment-summary.ts';
import { type Reader, timeFor } from './reader.ts';

type Windows = Pick<ServiceConfiguration, 'windows' | 'outsideWindows' | 'deadlines'>;

/**
 * When the deployment windows let this deployment begin, for the person who decides on it: `open until …`, `closed; opens …`. It changes with the
 * time, so that it is no part of what people approve. Nothing where the service has no windows, or where they say nothing to the operation any more.
 */
export function windowFacts(
  operation: Pick<OperationRecord, 'kind' | 'state' | 'outcome' | 'abort' | 'trigger' | 'windowOverride'>,
  service: Windows,
  reader: Reader,
): Fact[] {
  if (service.windows.length === 0 || !isBeforeWindow(operation)) return [];
  const state = windowState(service.windows, reader.now);
  const { trigger, windowOverride } = operation;
  const then =
    windowOverride !== null
      ? `${windowOverride.actor} lets this deployment pass: ${clause(windowOverride.reason)}.`
      : isHotfix(trigger)
        ? 'This is a hotfix, which passes outside the windows, too.'
        : waitingWords(state, service);
  return [{ name: 'Window', value: [stateWords(state, reader), then].filter((part) => part !== null).join('. ') }];
}

function stateWords(state: WindowState, reader: Reader): string {
  const at = state.kind === 'open' ? state.closes : state.nextOpening;
  const time = at === null ? null : timeFor(reader, formatInstant(at));
  if (state.kind === 'open') return time === null ? 'open' : `open until ${time}`;
  return time === null ? 'closed, and does not open within a year' : `closed; opens ${time}`;
}

/** What becomes of a deployment that finds it closed once it is approved; null where it is open and waits for the next one otherwise. */
function waitingWords(state: WindowState, { outsideWindows, deadlines }: Windows): string | null {
  if (outsideWindows === 'refuse') {
    if (state.kind === 'closed') return 'A deployment that finds it closed is refused.';
    return state.closes === null ? null : 'A deployment that finds it closed after that is refused.';
  }
  if (state.kind === 'open') return null;
  return `Once it is approved, the deployment waits for up to ${durationWords(deadlines.window)}, then ends.`;
}
