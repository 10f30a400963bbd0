import type { ExecutionStatus } from '../../adapters/workflow/workflow.ts';
import type { ApiUnlocked, Told } from '../../contracts/api/operator-actions.ts';
import type { LockRecord } from '../../contracts/records/lock.ts';
import { type ServiceSnapshot, unmoved } from './service-snapshot.ts';

/** What an unlock came to. `rescue`: the operation that returns what the holder had moved, as far as it is known. */
export interface Unlocked {
  readonly outcome: ApiUnlocked['outcome'];
  readonly rescue: string | null;
}

interface Telling extends Unlocked {
  /** The lock as it was found. */
  readonly lock: LockRecord;
  /** Whether its holder is an operation, whose id leads somewhere. */
  readonly isKnown: boolean;
  /** Of the holder's execution; null when there is none any more. */
  readonly execution: ExecutionStatus | null;
}

/** What an unlock did and did not: above all, where the traffic is and who returns it. */
export function describeUnlock(
  { view }: ServiceSnapshot,
  { outcome, rescue, lock, isKnown, execution }: Telling,
): Told {
  const { name } = view;
  const holder = isKnown ? `${lock.kind ?? 'operation'} ${lock.holder}` : 'holder, Sluice itself,';
  const returns = rescue === null ? 'its rollback' : `rollback ${rescue}`;
  const isAlive = execution === 'RUNNING' || execution === 'PENDING_REDRIVE';
  const dead = execution === null ? 'is gone' : `is ${execution}`;
  const follow = rescue === null ? 'sluice operations' : `sluice operation ${rescue} --watch`;
  const return_ = `sluice rollback --service ${name} --version last-known-good --reason "…" --emergency`;
  const fencedOut = `The ${holder} can do nothing more: its next task is refused, and so is a late write as soon as another operation has claimed the route.`;
  switch (outcome) {
    case 'already-free':
      return { did: [], didNot: [`The lock of ${name} was already free.`, unmoved(view)], next: [] };
    case 'released':
      return {
        did: [`The lock of ${name} is free.`, fencedOut],
        didNot: [`Its execution was not stopped: it ${dead}.`, unmoved(view)],
        next: ['sluice status', return_],
      };
    case 'rescue-started':
      return {
        did: [
          `The execution of ${holder} ${dead}, so ${returns} was started. It takes over the route, returns the traffic and frees the lock.`,
        ],
        didNot: ['Until then the lock is not free.', 'This command itself moved no traffic.'],
        next: [follow],
      };
    case 'rescue-at-work':
      return {
        did: [],
        didNot: [
          `${returns.charAt(0).toUpperCase()}${returns.slice(1)} of ${holder} is already running, and frees the lock when the traffic is back.`,
          ...(rescue === null
            ? []
            : [`To end it where it is: \`sluice abort ${rescue} --service ${name} --reason "…"\``]),
        ],
        next: [follow],
      };
    case 'frozen':
      return {
        did: [
          isAlive
            ? `The lock of ${name} is free, and the service is frozen: the ${holder} no longer returns traffic.`
            : `The lock of ${name} is free, and the service is frozen: the rollback of ${holder} had died as well.`,
          fencedOut,
          `Operation ${lock.holder} has ended as frozen.`,
        ],
        didNot: [`Its execution was not stopped: it ${dead}.`, unmoved(view)],
        next: [
          'sluice status',
          `sluice break-glass --service ${name}`,
          return_,
          `sluice unfreeze --service ${name} --reason "…"`,
        ],
      };
  }
}
