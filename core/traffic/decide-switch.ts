import { type EnvironmentName, otherEnvironment, type Weights } from '../../contracts/names.ts';
import { soleEnvironment } from './weights.ts';

/** What a person wants: `percentage` of the traffic on `to`, the rest on `from`. */
export interface SwitchRequest {
  readonly from: EnvironmentName;
  readonly to: EnvironmentName;
  readonly percentage: number;
}

/** The release that runs where the traffic is to go, as the database knows it. */
export interface StandingRelease {
  readonly version: string;
  /** Whether it was approved, or was live before (I3). */
  readonly approved: boolean;
  /** Why it is on hold (I6); null when it is not. */
  readonly hold: string | null;
}

export interface SwitchSituation {
  /** By the live route (rule 8). */
  readonly live: Weights;
  /** What runs on `to`; null: nothing does, or nothing is known about it. */
  readonly standing: StandingRelease | null;
  /** Failing health checks of `to`, in words; null when they were not run. */
  readonly failing: readonly string[] | null;
  readonly data: 'stateless' | 'shared' | 'replicated' | 'separate';
}

export type SwitchDecision =
  | { kind: 'switch'; origin: EnvironmentName; target: EnvironmentName }
  | {
      kind: 'refuse';
      /** `weights`: the traffic is not where the request believes it to be. `not-ready`: I2, I3 or I6 forbids it. */
      because: 'weights' | 'not-ready';
      reason: string;
    };

/**
 * Decides whether the traffic may be switched by hand: from the environment that has all of it, to a release that was approved (I3),
 * is not on hold (I6) and is healthy (I2). Separate databases would diverge in a split (DESIGN §5, data).
 */
export function decideSwitch(request: SwitchRequest, situation: SwitchSituation): SwitchDecision {
  const { from, to, percentage } = request;
  const { live, standing, failing, data } = situation;
  const refuse = (because: 'weights' | 'not-ready', reason: string) => ({ kind: 'refuse', because, reason }) as const;
  const active = soleEnvironment(live);
  if (active === null) {
    return refuse('weights', `the traffic is split ${live.blue}:${live.green}; return it to one side first`);
  }
  if (percentage === 0) return refuse('weights', `${active} has all the traffic, so there is nothing to send back`);
  if (active !== from)
    return refuse('weights', `${active} has all the traffic, not ${from}; it can go from ${active} to ${from}`);
  if (data === 'separate' && percentage !== 100) {
    return refuse(
      'not-ready',
      'with `data: separate` a split would let the two databases diverge; only 100 is possible',
    );
  }
  if (standing === null)
    return refuse(
      'not-ready',
      `${to} runs nothing that Sluice knows; it learns what is live with its first deployment`,
    );
  if (!standing.approved) return refuse('not-ready', `${standing.version} on ${to} was never approved`);
  if (standing.hold !== null) return refuse('not-ready', `${standing.version} on ${to} is on hold: ${standing.hold}`);
  if (failing !== null && failing.length > 0) {
    return refuse('not-ready', `${standing.version} on ${to} is not healthy: ${failing.join('; ')}`);
  }
  return { kind: 'switch', origin: from, target: to };
}

/** What a request wants on the target of the switch that is under way, in percent. */
export const desiredWeight = ({ to, percentage }: SwitchRequest, target: EnvironmentName): number =>
  to === target ? percentage : 100 - percentage;

/** The side whose weight rises when the target gets `weight`, and what it gets: I2 is about that side. */
export function risingSide(
  target: EnvironmentName,
  weight: number,
  live: Weights,
): { readonly environment: EnvironmentName; readonly weight: number } {
  return weight >= live[target]
    ? { environment: target, weight }
    : { environment: otherEnvironment(target), weight: 100 - weight };
}
