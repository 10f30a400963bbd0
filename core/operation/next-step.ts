import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { milliseconds } from '../../contracts/duration.ts';
import { type Instant, later, parseInstant } from '../../contracts/instant.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { durationWords } from '../../contracts/words.ts';

export interface NextStep {
  /** What comes, as a sentence without its full stop: `Green gets 50 %`. */
  readonly text: string;
  /** When, at the earliest: it comes later when something has to be waited for, and never when something is wrong. */
  readonly at: Instant;
  /** When all of it is done, at the earliest. */
  readonly done: Instant;
}

/**
 * What a shift does next when nothing is wrong. Null while it waits, is paused or aborted, and for a split by hand, which has no next step.
 *
 * @param judgedSince when the judgement of the present step began; null while it has not.
 */
export function nextStep(
  operation: OperationRecord,
  service: ServiceConfiguration,
  judgedSince: Instant | null,
): NextStep | null {
  const { kind, outcome, state, abort, pausedBecause, target, weights, stateSince } = operation;
  if (outcome !== null || abort !== null || pausedBecause !== null || kind === 'switch-traffic') return null;
  if (state === 'baking') {
    const done = later(parseInstant(stateSince), service.bake);
    return { text: 'It is done', at: done, done };
  }
  const weight = target === null || weights === null ? 0 : weights[target];
  if (state !== 'shifting-traffic' || target === null || weight === 0 || judgedSince === null) return null;
  const at = later(judgedSince, service.traffic.interval);
  const left = service.traffic.steps.filter((step) => step > weight);
  const [next] = left;
  const done = later(at, milliseconds(left.length * service.traffic.interval + service.bake));
  if (kind === 'deployment' && service.traffic.pauseAfter.includes(weight) && operation.askedAfter !== weight)
    return { text: 'A person is asked whether it may continue', at, done };
  if (next === undefined)
    return { text: `It is judged for another ${durationWords(service.bake)} with all the traffic`, at, done };
  return { text: `${target === 'blue' ? 'Blue' : 'Green'} gets ${next} %`, at, done };
}
