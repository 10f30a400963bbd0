import { type Milliseconds, minutes } from '../../contracts/duration.ts';
import { type Instant, parseInstant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { OperationKind } from '../../contracts/operation.ts';
import type { AlertRecord } from '../../contracts/records/alert.ts';
import type { AlertTrigger } from '../../contracts/trigger.ts';
import { clause } from '../../contracts/words.ts';

/** A repetition waits for the next `group_interval` (Alertmanager's default: 5 minutes) and may have to be sent twice. */
const repetitionMayTake = minutes(10);

/**
 * The alerts that fire. Alertmanager repeats what fires and tells of what is resolved; where it does neither for a whole
 * `repeat_interval`, the alert is over and the news of it was lost, or is not sent (`send_resolved: false`).
 */
export const firingAlerts = (
  records: readonly AlertRecord[],
  { repeatInterval, now }: { readonly repeatInterval: Milliseconds; readonly now: Instant },
): readonly AlertRecord[] =>
  records.filter(
    ({ status, seenAt }) => status === 'firing' && now - parseInstant(seenAt) <= repeatInterval + repetitionMayTake,
  );

/** Whether something was done for this firing of the alert, or for another one of the same storm that was judged for all of them. */
export function isActedOn(alert: AlertRecord, records: readonly AlertRecord[]): boolean {
  const done = ({ actedOn, startsAt }: AlertRecord): boolean => actedOn?.startsAt === startsAt;
  if (done(alert)) return true;
  return alert.judgedBy !== null && records.some((other) => other.judgedBy === alert.judgedBy && done(other));
}

/**
 * Whether this firing of an alert, or of the storm that it came in, was answered for other operations only: it says nothing of the release that is at
 * work now.
 */
export function isAnswered(alert: AlertRecord, records: readonly AlertRecord[], operation: string): boolean {
  const sameStorm = records.filter(
    (other) => other.judgedBy === alert.judgedBy && alert.judgedBy !== null && other.fingerprint !== alert.fingerprint,
  );
  const answers = [alert, ...sameStorm].flatMap(({ actedOn, startsAt }) =>
    actedOn?.startsAt === startsAt ? [actedOn.operation] : [],
  );
  return answers.length > 0 && !answers.includes(operation);
}

/**
 * The alerts that a pause is about, the one that made it and those that came while it lasted; none when something else made it.
 */
export function pausersOf(
  records: readonly AlertRecord[],
  { operation, pausedAt }: { readonly operation: string; readonly pausedAt: string },
): readonly AlertRecord[] {
  const about = records.filter(
    ({ actedOn }) => actedOn?.action === 'pause' && actedOn.operation === operation && actedOn.at >= pausedAt,
  );
  return about.some(({ actedOn }) => actedOn?.at === pausedAt) ? about : [];
}

/** Where critical alerts fire; one that names no environment accuses neither side. */
export const alertingSides = (
  firing: readonly Pick<AlertRecord, 'environment' | 'name'>[],
): Readonly<Partial<Record<EnvironmentName, readonly string[]>>> => {
  const names = (side: EnvironmentName) => [
    ...new Set(firing.filter(({ environment }) => environment === side).map(({ name }) => name)),
  ];
  return { blue: names('blue'), green: names('green') };
};

export interface ShiftUnderAlerts {
  readonly kind: OperationKind;
  readonly startedAt: string;
  readonly target: EnvironmentName;
  /** Percent that the target has now. */
  readonly weight: number;
  /** Whether a person began it by hand, at once, and so knew what fired: a switch, or a hotfix. */
  readonly byHand: boolean;
}

export type AlertsVerdict =
  | { kind: 'clear' }
  /** The weight does not rise until a person has looked, or the alert is resolved (I7). */
  | { kind: 'pause'; alerts: readonly AlertRecord[] }
  /** The target has traffic, and alerts. */
  | { kind: 'return'; alerts: readonly AlertRecord[] };

/**
 * What the alerts that fire already mean for a weight that is about to rise. They may have come before there was anything to do: about a
 * standby, or long after a deployment. What was acted on before is not judged again. A way back is held up by none of them, and a person
 * who moves the traffic away from an alerting side knows it.
 */
export function judgeKnownAlerts(
  records: readonly AlertRecord[],
  firing: readonly AlertRecord[],
  { kind, startedAt, target, weight, byHand }: ShiftUnderAlerts,
): AlertsVerdict {
  if (kind === 'rollback') return { kind: 'clear' };
  const open = firing.filter((alert) => !isActedOn(alert, records));
  const onTarget = open.filter(({ environment }) => environment === target);
  if (onTarget.length > 0) return { kind: weight > 0 ? 'return' : 'pause', alerts: onTarget };
  const others = open.filter(({ startsAt }) => !byHand || startsAt >= startedAt);
  return others.length > 0 ? { kind: 'pause', alerts: others } : { kind: 'clear' };
}

/** `PodCrashLooping about green`, the first three of them by name. */
export function alertWords(alerts: readonly Pick<AlertRecord, 'environment' | 'name'>[]): string {
  const words = [...new Set(alerts.map(({ name, environment }) => `${name} about ${environment ?? 'the service'}`))];
  const more = words.length - 3;
  return `${words.slice(0, 3).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The alert that a return is for, in words. */
export const triggeringAlert = ({ name, severity, summary }: AlertTrigger): string =>
  `Alert ${name} (${severity})${summary === null ? '' : `: ${clause(summary)}`}`;
