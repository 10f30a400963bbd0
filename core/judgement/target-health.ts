import type { Milliseconds } from '../../contracts/duration.ts';
import { between, type Instant } from '../../contracts/instant.ts';
import { durationWords, notDecidedYet, podWords } from '../../contracts/words.ts';
import type { PodSeen } from '../workload/pod-trouble.ts';
import type { Verdict } from './judge.ts';

export interface HealthRules {
  /** With how many bad answers in a row each health check fails. */
  readonly checks: readonly { readonly name: string; readonly failures: number }[];
  readonly pods: {
    /** So many restarts of one container fail. */
    readonly restarts: number;
    /** How long too few pods may be ready, and how long a pod may be unable to start. */
    readonly unready: Milliseconds;
  };
}

/** One look at the environment that has traffic. */
export interface HealthSeen {
  readonly pods: readonly PodSeen[];
  /** Ready pods that its weight needs. */
  readonly needed: number;
  /** What each check's one probe answered. */
  readonly probes: readonly { readonly name: string; readonly ok: boolean; readonly reason: string }[];
}

/** What must be remembered from one look to the next. Plain JSON. */
export interface HealthState {
  /** Bad answers in a row of each check whose last answer was bad. */
  readonly failed: Readonly<Record<string, number>>;
  /** Since when each pod that has said that it cannot start has not been ready. */
  readonly stuckSince: Readonly<Record<string, Instant>>;
  /** Since when too few pods have been ready; null when enough are. */
  readonly tooFewSince: Instant | null;
  /** Restarts that containers (`pod/container`) had before the first look: they are not this traffic's. Null before that look. */
  readonly restartsBefore: Readonly<Record<string, number>> | null;
}

/** The state before the first look. */
export const unseen: HealthState = { failed: {}, stuckSince: {}, tooFewSince: null, restartsBefore: null };

export interface HealthEvaluation {
  /** Never inconclusive: what does not answer is not healthy. */
  readonly verdict: Exclude<Verdict, 'inconclusive'>;
  /** What is bad and has not been for long enough, in words. No weight rises meanwhile (I2). */
  readonly pending: readonly string[];
  /** The verdict in words. */
  readonly reasons: readonly string[];
  readonly state: HealthState;
}

/**
 * Judges the health of the release that has traffic (DESIGN §5, judgement). One bad answer or one restart is no failure: a check fails
 * after so many bad answers in a row (as a kubelet's `failureThreshold`), a container by so many restarts since it had traffic, and pods by
 * having been too few, or unable to start, for `unready`. A pod that cannot start counts however many others are ready: what cannot be
 * replaced does not last. One that just waits for a node counts only when its place is needed.
 */
export function judgeHealth(rules: HealthRules, seen: HealthSeen, state: HealthState, now: Instant): HealthEvaluation {
  const failing: string[] = [];
  const pending: string[] = [];
  const lasting = (since: Instant, text: string) => {
    const lasted = between(since, now);
    if (lasted >= rules.pods.unready) failing.push(`${text}, for ${durationWords(lasted)}`);
    else pending.push(`${text}, for ${durationWords(lasted)} of ${durationWords(rules.pods.unready)}`);
  };

  const failed: Record<string, number> = {};
  for (const { name, ok, reason } of seen.probes) {
    if (ok) continue;
    const times = (state.failed[name] ?? 0) + 1;
    failed[name] = times;
    const limit = rules.checks.find((check) => check.name === name)?.failures ?? 1;
    if (times >= limit) failing.push(`${name}: ${reason}${limit === 1 ? '' : `, ${times} times in a row`}`);
    else pending.push(`${name}: ${reason}, ${times} of ${limit} times in a row`);
  }

  const restartsBefore = state.restartsBefore ?? restartsOf(seen.pods);
  for (const pod of seen.pods) {
    for (const { name, restarts, lastEnd } of pod.containers) {
      const since = restarts - (restartsBefore[`${pod.name}/${name}`] ?? 0);
      if (since < rules.pods.restarts) continue;
      const end = lastEnd === null ? '' : ` (${lastEnd})`;
      failing.push(`pod ${pod.name}: container ${name} has restarted ${since} times since it had traffic${end}`);
    }
  }

  const stuckSince: Record<string, Instant> = {};
  for (const { name, ready, stuck } of seen.pods) {
    // Between two tries a container says something else for a moment: only being ready ends it.
    const since = state.stuckSince[name] ?? (stuck === null ? null : now);
    if (ready || since === null) continue;
    stuckSince[name] = since;
    lasting(since, `pod ${name} does not start: ${stuck ?? 'it is tried again'}`);
  }

  const ready = seen.pods.filter((pod) => pod.ready).length;
  const tooFewSince = ready >= seen.needed ? null : (state.tooFewSince ?? now);
  if (tooFewSince !== null) lasting(tooFewSince, `${ready} of ${seen.needed} pods are ready${unreadyNames(seen.pods)}`);

  const isFailing = failing.length > 0;
  return {
    verdict: isFailing ? 'fail' : 'pass',
    pending: isFailing ? [] : pending,
    reasons: isFailing ? firstOf(failing) : healthyWords(seen, ready, pending),
    state: { failed, stuckSince, tooFewSince, restartsBefore },
  };
}

function healthyWords(seen: HealthSeen, ready: number, pending: readonly string[]): string[] {
  if (pending.length > 0) return [`${notDecidedYet}: ${firstOf(pending).join('; ')}`];
  return [`${podWords(ready, 'is')} ready`, ...seen.probes.map(({ name }) => `${name} passed`)];
}

const restartsOf = (pods: readonly PodSeen[]): Record<string, number> =>
  Object.fromEntries(
    pods.flatMap(({ name, containers }) =>
      containers.filter(({ restarts }) => restarts > 0).map((one) => [`${name}/${one.name}`, one.restarts]),
    ),
  );

/** The first ones are enough to go on; a Deployment may have hundreds of pods. */
const most = 3;
const firstOf = (all: readonly string[]): string[] =>
  all.length > most ? [...all.slice(0, most), `and ${all.length - most} more`] : [...all];

function unreadyNames(pods: readonly PodSeen[]): string {
  const names = pods
    .filter(({ ready }) => !ready)
    .map(({ name, stuck }) => (stuck === null ? name : `${name} ${stuck}`));
  if (names.length === 0) return '';
  return ` (not ready: ${firstOf(names).join(', ')})`;
}
