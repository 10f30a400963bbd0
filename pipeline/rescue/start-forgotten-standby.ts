import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { hours, seconds } from '../../contracts/duration.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { GuardianDeps } from '../ports.ts';

/** So long an execution that lives may take from its operation's end to the start of the standby machine. */
const gracePeriod = seconds(30);

/** Names of executions stay taken for 90 days (AWS limit): long before, nobody looks any more, so that none starts twice. */
const lookedAtFor = hours(7 * 24);

/** The newest operations that are asked about, as in the sweep. */
const recent = 50;

/** What has left a side warm that nobody but the standby machine lowers: a success, and a return after an abort (`standby.afterAbort`). */
const leftWarm = ({ kind, outcome, keptWarmUntil }: OperationRecord): boolean =>
  kind === 'deployment' ? outcome === 'succeeded' : keptWarmUntil !== null && outcome !== null && outcome !== 'frozen';

/**
 * Starts the standby machine for an operation that died between its end and that start, else the other side stays warm for ever (I8).
 * Idempotent by the execution's name, which is the machine's own. Once a later operation has had the lock, the side is that one's.
 *
 * @param dead the operation the execution of which is known to be dead; null where nobody knows: then the newest one is given its turn.
 */
export async function startForgottenStandby(
  deps: GuardianDeps,
  { name }: Pick<ServiceConfiguration, 'name'>,
  dead: string | null,
): Promise<void> {
  const { operations, unreadable } = await deps.store.operations.listWithGaps(name, recent);
  const last = operations.find(({ epoch }) => epoch !== null);
  if (last === undefined || last.endedAt === null || !leftWarm(last)) return;
  // What cannot be read may have had the lock since; then a person has to lower the side.
  if (unreadable.some((id) => id > last.id)) return;
  if (dead !== null && last.id !== dead) return;
  const age = deps.now() - Date.parse(last.endedAt);
  if (age > lookedAtFor || (dead === null && age < gracePeriod)) return;
  const execution = `${last.executionArn.slice(last.executionArn.lastIndexOf(':') + 1)}-standby`;
  const arn = `${deps.standbyMachine.replace(':stateMachine:', ':execution:')}:${execution}`;
  if ((await deps.workflow.describe(arn)) !== null) return;
  await deps.workflow.start({
    stateMachineArn: deps.standbyMachine,
    name: execution,
    input: { service: name, operation: last.id },
  });
}
