import type { OperationWaiting } from '../../contracts/api/operation.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { formatInstant, type Instant, later, parseInstant } from '../../contracts/instant.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { clause, sentence, timeWords, weightWords } from '../../contracts/words.ts';
import { isPlanned } from '../rollback/is-planned.ts';
import { operationWindow } from '../windows/operation-window.ts';
import { closedWords } from '../windows/window-words.ts';

/** What has to be known beside the operation to say what it waits for. */
export interface WaitingFacts {
  readonly service: Pick<ServiceConfiguration, 'name' | 'validation' | 'windows' | 'deadlines'>;
  /** Null before approvals were asked for. */
  readonly approval: {
    readonly state: string;
    readonly expiresAt: string;
    readonly missing: readonly { readonly role: string; readonly count: number; readonly from: readonly string[] }[];
  } | null;
  /** Of the service; `kind` is null when Sluice itself holds it for a moment, without an operation. */
  readonly lock: { readonly holder: string | null; readonly kind: string | null };
  /** Whether the release can be taken back without a person. */
  readonly reversible: boolean;
  /** Whether an alert paused it, so that the pause ends with the alert. */
  readonly pausedByAlert: boolean;
  readonly now: Instant;
}

/** What an operation does: one that is being returned does nothing any more but wait for that, whatever it was at. */
export const shownState = ({ state, outcome, returnedBy }: OperationRecord): OperationRecord['state'] =>
  outcome === null && returnedBy !== null ? 'returning-traffic' : state;

/**
 * What an operation that stands still waits for, until when, and what to type: the one place for these words, shown by the command
 * line, the console and the pages alike (I14). Null while it works by itself, and once it has ended.
 */
export function waitingOf(operation: OperationRecord, facts: WaitingFacts): OperationWaiting | null {
  const { outcome, abort, returnedBy, pausedBecause, state } = operation;
  if (outcome !== null || abort !== null || returnedBy !== null) return null;
  if (pausedBecause !== null) return pauseOf(operation, pausedBecause, facts);
  switch (state) {
    case 'gathering-evidence':
    case 'validating':
      return evidenceOf(operation, facts);
    case 'awaiting-approval':
      return approvalOf(operation, facts);
    case 'awaiting-window':
      return windowOf(operation, facts);
    case 'awaiting-lock':
      return turnOf(operation, facts);
    case 'syncing':
      return syncOf(operation, facts);
    case 'keeping-split':
      return splitOf(operation, facts);
    default:
      return null;
  }
}

const abort = ({ id }: OperationRecord, what = 'End it') => ({ what, command: `sluice abort ${id} --reason "…"` });

function evidenceOf(operation: OperationRecord, { service }: WaitingFacts): OperationWaiting | null {
  const { evidenceAwaitedSince: since, evidenceAwaited } = operation;
  if (since === null) return null;
  return {
    kind: 'evidence',
    text: `Waiting for evidence: ${evidenceAwaited.join(' ')}`,
    until: { text: 'Fails', at: formatInstant(later(parseInstant(since), service.validation.waitFor)) },
    next: [abort(operation)],
  };
}

function approvalOf(operation: OperationRecord, { approval }: WaitingFacts): OperationWaiting | null {
  if (approval === null) {
    return { kind: 'approval', text: 'Approvals are being asked for.', until: null, next: [abort(operation)] };
  }
  // Decided: it goes on, or ends, at its next look.
  if (approval.state !== 'pending') return null;
  const { id, release } = operation;
  const wanted = approval.missing.map(({ role, count, from }) => {
    const many = `${count} approval${count === 1 ? '' : 's'} (${role})`;
    return `${many}: ${from.join(count < from.length ? ' or ' : ' and ')}`;
  });
  return {
    kind: 'approval',
    text: `Waiting for ${wanted.join('; ')}.`,
    until: { text: 'Expires', at: approval.expiresAt },
    next:
      release === null
        ? [abort(operation)]
        : [
            { what: 'Approve', command: `sluice approve ${id} --version ${release.version}` },
            { what: 'Reject', command: `sluice reject ${id} --version ${release.version} --reason "…"` },
          ],
  };
}

function windowOf(operation: OperationRecord, { service, now }: WaitingFacts): OperationWaiting {
  const { id, windowOverride } = operation;
  const state = operationWindow(operation, service.windows, now);
  const next = [abort(operation)];
  if (state.kind === 'open') {
    const text =
      windowOverride === null
        ? 'Its deployment window is open: it continues in a moment.'
        : `${windowOverride.actor} has overridden its deployment window: it continues in a moment.`;
    return { kind: 'window', text, until: null, next };
  }
  const text = `Waiting for its deployment window. ${closedWords(service.windows, state)}`;
  const givesUp = later(parseInstant(operation.stateSince), service.deadlines.window);
  const override = { what: 'Let it pass (admin)', command: `sluice override-window ${id} --reason "…"` };
  return {
    kind: 'window',
    ...(state.nextOpening === null || state.nextOpening > givesUp
      ? { text, until: { text: 'No window opens before it gives up,', at: formatInstant(givesUp) } }
      : {
          text: `${text} It gives up ${timeWords(givesUp)}.`,
          until: { text: 'Opens', at: formatInstant(state.nextOpening) },
        }),
    next: [override, ...next],
  };
}

function turnOf(operation: OperationRecord, { lock, service }: WaitingFacts): OperationWaiting | null {
  if (lock.holder === null || lock.holder === operation.id) return null;
  const since = parseInstant(operation.lockAwaitedSince ?? operation.stateSince);
  const watch = { what: 'Follow that one', command: `sluice operation ${lock.holder} --watch` };
  return {
    kind: 'turn',
    text:
      lock.kind === null
        ? 'Waiting for the lock: Sluice itself holds it for a moment.'
        : `Waiting for the lock: ${lock.kind} ${lock.holder} holds it.`,
    until: { text: 'Expires', at: formatInstant(later(since, service.deadlines.lock)) },
    next: [...(lock.kind === null ? [] : [watch]), abort(operation)],
  };
}

/** A sync that takes a while: by what, as Argo CD and the pods say it. */
function syncOf(operation: OperationRecord, { service }: WaitingFacts): OperationWaiting | null {
  const { syncAwaited, stateSince } = operation;
  // What held up an earlier sync of this operation is over.
  if (syncAwaited === null || syncAwaited.at < stateSince) return null;
  return {
    kind: 'sync',
    text: `Not synced and rolled out yet: ${clause(syncAwaited.what)}.`,
    until: { text: 'Fails', at: formatInstant(later(parseInstant(stateSince), service.deadlines.sync)) },
    next: [abort(operation)],
  };
}

/** The command that sends a switch by hand back to where its traffic came from, whatever was asked for in between. */
const sendBack = ({ origin, target, service }: OperationRecord) =>
  origin === null || target === null
    ? []
    : [
        {
          what: 'Send it back now',
          command: `sluice switch-traffic --from-env ${target} --to-env ${origin} --percentage 100 --service ${service}`,
        },
      ];

function splitOf(operation: OperationRecord, { service }: WaitingFacts): OperationWaiting | null {
  const { desired, origin, target, weights } = operation;
  if (desired === null || desired.weight === 0 || desired.weight === 100) return null;
  // Still on its way to what is wanted now.
  if (target === null || weights?.[target] !== desired.weight) return null;
  return {
    kind: 'split',
    text: `Keeping ${weightWords(weights)}, as ${desired.actor} wants: ${sentence(desired.reason)}`,
    until: { text: `Everything goes back to ${origin ?? 'its origin'}`, at: desired.until },
    next: sendBack({ ...operation, service: service.name }),
  };
}

function pauseOf(operation: OperationRecord, because: string, facts: WaitingFacts): OperationWaiting {
  const { id, kind, origin, target, desired, weights } = operation;
  const { service } = facts;
  const since = parseInstant(operation.pausedAt ?? operation.stateSince);
  const over = later(since, service.deadlines.pause);
  const ends = desired !== null && desired.weight < 100 ? parseInstant(desired.until) : over;
  const side = origin ?? (target === null ? 'its origin' : otherEnvironment(target));
  // Before the first weight nothing has left the origin, so that nothing can go back to it.
  const hasMoved = weights === null ? operation.shiftedAt !== null : target === null || weights[target] > 0;
  const back = hasMoved ? `everything goes back to ${side}` : `it ends, and everything stays on ${side}`;
  const undecided = facts.reversible
    ? `${back}, or the service freezes if ${side} is not known to be good,`
    : 'the service freezes with the traffic where it is,';
  const split = weights === null ? '' : ` Traffic: ${weightWords(weights)}.`;
  const alert = facts.pausedByAlert
    ? ' It continues by itself when the alert is resolved and both sides are healthy.'
    : '';
  return {
    kind: 'pause',
    text: `Paused since ${timeWords(since)}, because ${clause(because)}.${split}${alert}`,
    until:
      ends < over
        ? { text: `The split ends and ${back}`, at: formatInstant(ends) }
        : { text: `If nobody decides, ${undecided}`, at: formatInstant(over) },
    next: [
      { what: 'Resume it', command: `sluice resume ${id} --reason "…"` },
      abort(operation, hasMoved ? `Take it back to ${side}` : `End it; everything stays on ${side}`),
      // Nothing returns a return (I7): a rollback on the way is what an emergency would find at work.
      kind === 'rollback' && isPlanned(operation.trigger)
        ? {
            what: 'If that hangs, print the kubectl patch',
            command: `sluice break-glass --service ${service.name}`,
          }
        : {
            what: 'If that is refused or hangs',
            command: `sluice rollback --service ${service.name} --version last-known-good --reason "…" --emergency`,
          },
    ],
  };
}
