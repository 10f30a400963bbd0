import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { isPlanned } from '../../core/rollback/is-planned.ts';
import { versionOn } from './serving.ts';

/** What a page, a mail or a status is about, as far as it is known: what links are filled with. */
export interface Occasion {
  /** Its id: the console shows it. */
  readonly operation?: string | null;
  readonly environment?: EnvironmentName | null;
  /** The version on that environment. */
  readonly version?: string | null;
  /** Why it is told. */
  readonly reason?: string | null;
}

/**
 * The environment on which somebody looks for what happened in an operation: its target, but of a return the side that the traffic left. A planned
 * rollback brings its target in like a deployment, and is about that one until it has succeeded.
 */
export function environmentOf(
  { kind, trigger, target, outcome }: Pick<OperationRecord, 'kind' | 'trigger' | 'target' | 'outcome'>,
  related: OperationRecord | null = null,
): EnvironmentName | null {
  if (kind !== 'rollback' || (isPlanned(trigger) && outcome !== 'succeeded')) return target;
  return target === null ? (related?.target ?? null) : otherEnvironment(target);
}

/** What an operation is about. @param related what it returned; null where nothing was at work, or where nobody has read it. */
export function occasionOf(operation: OperationRecord, related: OperationRecord | null = null): Occasion {
  const environment = environmentOf(operation, related);
  const brought = [operation, related].find((one) => one?.target === environment && one.release !== null);
  const records = related === null ? [operation] : [operation, related];
  const version = brought?.release?.version ?? (environment === null ? null : versionOn(environment, records));
  return { operation: operation.id, environment, version };
}
