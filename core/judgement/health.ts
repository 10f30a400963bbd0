import type { HealthCheck } from '../../contracts/configuration/health.ts';
import type { Milliseconds } from '../../contracts/duration.ts';
import { between, type Instant } from '../../contracts/instant.ts';
import { durationWords } from '../../contracts/words.ts';

/** What one probe met. */
export type ProbeResult =
  | { readonly kind: 'answer'; readonly status: number; readonly took: Milliseconds }
  /** No answer: refused, timed out, broken off. */
  | { readonly kind: 'error'; readonly reason: string };

/** What a check demands of its probes. */
export type CheckDemand = Pick<HealthCheck, 'name' | 'status' | 'within' | 'consecutive'>;

export type CheckEvaluation = { kind: 'pass' | 'not-yet'; reason: string };

/** Why one probe does not count; null when it does. */
export function probeFault(check: CheckDemand, probe: ProbeResult): string | null {
  if (probe.kind === 'error') return probe.reason;
  if (probe.status !== check.status) return `answered ${probe.status}, expected ${check.status}`;
  if (probe.took > check.within) {
    return `took longer than ${durationWords(check.within)} to answer`;
  }
  return null;
}

/** A check passes while its latest `consecutive` probes, oldest first in `probes`, were all good. */
export function evaluateCheck(check: CheckDemand, probes: readonly ProbeResult[]): CheckEvaluation {
  const faults = probes.map((probe) => probeFault(check, probe));
  const good = faults.length - 1 - faults.findLastIndex((fault) => fault !== null);
  if (good >= check.consecutive) return { kind: 'pass', reason: `${check.consecutive} good in a row` };
  const last = faults.findLast((fault) => fault !== null);
  const count = `${good} of ${check.consecutive} good in a row`;
  return { kind: 'not-yet', reason: last ? `${count}; before that: ${last}` : count };
}

/** One check's part of the verdict, as people see it. */
export interface HealthCheckResult {
  readonly name: string;
  readonly result: 'pass' | 'fail' | 'inconclusive';
  readonly reason: string;
}

export interface HealthVerdict {
  readonly kind: 'pass' | 'fail' | 'not-yet';
  readonly checks: readonly HealthCheckResult[];
}

/** All checks together: pass once each passes, fail at the deadline. `probes` holds the results by the check's name. */
export function evaluateHealth(
  health: { readonly checks: readonly CheckDemand[]; readonly deadline: Milliseconds },
  probes: Readonly<Record<string, readonly ProbeResult[]>>,
  startedAt: Instant,
  now: Instant,
): HealthVerdict {
  const late = between(startedAt, now) >= health.deadline;
  const checks = health.checks.map((check): HealthCheckResult => {
    const { kind, reason } = evaluateCheck(check, probes[check.name] ?? []);
    if (kind === 'pass') return { name: check.name, result: 'pass', reason };
    if (!late) return { name: check.name, result: 'inconclusive', reason };
    return { name: check.name, result: 'fail', reason: `${reason}, after ${durationWords(health.deadline)}` };
  });
  if (checks.every(({ result }) => result === 'pass')) return { kind: 'pass', checks };
  return { kind: late ? 'fail' : 'not-yet', checks };
}
