import type { Milliseconds } from '../../contracts/duration.ts';
import type { Instant } from '../../contracts/instant.ts';
import { type EnvironmentName, otherEnvironment, type Weights } from '../../contracts/names.ts';
import type { OperationKind } from '../../contracts/operation.ts';
import { durationWords } from '../../contracts/words.ts';
import { soleEnvironment } from '../traffic/weights.ts';
import { type LastDeployment, recentlyDeployed } from './rollback-within.ts';

/** The operation that holds the service's lock. */
export interface OperationInProgress {
  readonly id: string;
  readonly kind: OperationKind;
  readonly target: EnvironmentName;
  readonly origin: EnvironmentName;
}

export interface AlertSituation {
  /** The environment that the alert names. */
  readonly environment: EnvironmentName | null;
  /** What it names instead, where that is neither blue nor green. */
  readonly elsewhere?: string | null;
  /** The live route (rule 8). */
  readonly live: { readonly weights: Weights };
  readonly operation: OperationInProgress | null;
  readonly lastDeployment: LastDeployment | null;
  readonly rollbackWithin: Milliseconds;
  readonly now: Instant;
}

export type AlertDecision =
  | { kind: 'return'; to: EnvironmentName; because: string }
  /** Stop raising, compare both sides and page; never raise the origin blindly (I7). */
  | { kind: 'pause'; operation: string; because: string }
  /** `compareSides` says which side is bad; when it cannot, pause and page. */
  | { kind: 'compare-sides'; because: string }
  | {
      kind: 'ignore';
      reason: 'standby' | 'no-traffic' | 'too-late' | 'rollback-in-progress' | 'before-shift';
      because: string;
    };

/**
 * Decides what a firing alert means (DESIGN §5, triggers; I7). On the target of a shift, or on the active environment within
 * `rollbackWithin` of its deployment: back. On the origin of a shift: pause. About an environment without traffic, or while a
 * rollback is at work: nothing.
 */
export function decideAlert(situation: AlertSituation): AlertDecision {
  const { environment, operation } = situation;
  const live = situation.live.weights;
  if (operation?.kind === 'rollback') {
    return ignore('rollback-in-progress', `rollback ${operation.id} is in progress; nothing rolls back a rollback`);
  }
  if (live.blue + live.green === 0) {
    return { kind: 'compare-sides', because: 'the route sends no traffic to either side' };
  }
  if (environment !== null && live[environment] === 0) {
    const side = operation === null ? 'standby' : 'no-traffic';
    return ignore(side, `${environment} has no traffic`);
  }
  if (operation !== null) return duringOperation(situation, operation);
  const active = soleEnvironment(live);
  if (active === null)
    return { kind: 'compare-sides', because: 'the traffic is split and no operation is in progress' };
  const recent = recentlyDeployed(active, situation.lastDeployment, situation);
  if (recent === null)
    return ignore('too-late', `${active} was not deployed within ${durationWords(situation.rollbackWithin)}`);
  if (environment === null) return { kind: 'compare-sides', because: `${unnamed(situation)}; ${recent}` };
  return { kind: 'return', to: otherEnvironment(active), because: `${environment} is alerting; ${recent}` };
}

/** What is wrong with the label of an alert that accuses neither side. */
const unnamed = ({ elsewhere }: AlertSituation): string =>
  elsewhere
    ? `the alert names the environment ${elsewhere}, which is neither blue nor green`
    : 'the alert names no environment';

function duringOperation(situation: AlertSituation, operation: OperationInProgress): AlertDecision {
  const { environment } = situation;
  const live = situation.live.weights;
  const { id, target, origin, kind } = operation;
  if (live[target] === 0) {
    // the standby may be half deployed: nowhere to return to, but no reason to go on without a look either
    const recent = recentlyDeployed(origin, situation.lastDeployment, situation);
    if (recent !== null) return { kind: 'pause', operation: id, because: `${origin} is alerting; ${recent}` };
    return ignore('before-shift', `${kind} ${id} has not moved any traffic yet`);
  }
  if (environment === null) return { kind: 'compare-sides', because: `${unnamed(situation)} during ${kind} ${id}` };
  if (environment === target)
    return { kind: 'return', to: origin, because: `${target}, the target of ${kind} ${id}, is alerting` };
  return { kind: 'pause', operation: id, because: `${origin}, the origin of ${kind} ${id}, is alerting` };
}

const ignore = (reason: Extract<AlertDecision, { kind: 'ignore' }>['reason'], because: string): AlertDecision => ({
  kind: 'ignore',
  reason,
  because,
});
