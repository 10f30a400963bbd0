import type { ApiStarted } from '../../contracts/api/started.ts';
import { seconds } from '../../contracts/duration.ts';
import { InvalidInput, ServiceFrozen, WriteConflict } from '../../contracts/errors.ts';
import type { DeliveryRecord } from '../../contracts/records/delivery.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import {
  type PersonDeploymentTrigger,
  type PersonRollbackTrigger,
  type PersonTrafficTrigger,
  personDeploymentTriggerSchema,
  personRollbackTriggerSchema,
} from '../../contracts/trigger.ts';
import { sentence, timeWords } from '../../contracts/words.ts';
import { executionName } from '../../core/operation/execution-name.ts';
import { wayOutOfFreeze } from '../../core/release/gates.ts';
import { isPlanned } from '../../core/rollback/is-planned.ts';
import { bestEffortNow } from '../operation/best-effort.ts';
import {
  deploymentUnderWay,
  hotfixRefusal,
  isUnderWay,
  newestLookedThrough,
  startedTooOften,
} from '../operation/deployment-under-way.ts';
import { findService, timestamp } from '../operation/operation-context.ts';
import { startOperation } from '../operation/start-operation.ts';
import type { OperatorDeps } from '../ports.ts';
import { unwrittenVersion } from '../release/find-run.ts';
import { refuseObserved } from './refuse-observed.ts';

type StartingDeps = Pick<
  OperatorDeps,
  'configuration' | 'store' | 'now' | 'workflow' | 'deploymentMachine' | 'rollbackMachine' | 'newId' | 'log'
>;

interface Requested {
  readonly service: string;
  readonly actor: string;
  /** The request's `Idempotency-Key`. */
  readonly key: string | null;
}

type Wanted<Trigger> = Omit<Trigger, 'kind' | 'wants' | 'at'> & Requested;

/**
 * Starts a deployment of a version that CI has built; whether it may go live is decided by the machine. A version that is on its way already
 * keeps its operation: another one would void its approvals and write to all approvers again.
 *
 * @throws {InvalidInput} for a version that is not written as the service's are.
 * @throws {WriteConflict} for a hotfix of a version that is on its way as a standard deployment, and for a version that was aborted again and again.
 * @throws {ServiceFrozen} while the service is frozen; a repeated request still finds what it started before the freeze, while that lasts.
 */
export async function startDeployment(
  deps: StartingDeps,
  wanted: Wanted<PersonDeploymentTrigger>,
): Promise<ApiStarted> {
  const { key, ...asked } = wanted;
  const configured = findService(deps.configuration, asked.service);
  const service = configured.name;
  const problem = unwrittenVersion(configured, asked.version);
  if (problem !== null) throw new InvalidInput(problem);
  const trigger = personDeploymentTriggerSchema.parse({
    kind: 'person',
    wants: 'deployment',
    ...asked,
    at: deps.now(),
  });
  const carrying = await deploymentUnderWay(deps.store, service, trigger.version);
  if (carrying !== null) return join(deps, carrying, trigger);
  await refuseWhileFrozen(deps, service);
  const tooOften = await startedTooOften(deps.store, service, trigger);
  if (tooOften !== null) throw new WriteConflict(tooOften);
  return start(deps, { machine: deps.deploymentMachine, word: 'deploy', service, key, trigger });
}

/** Refuses at once what the machine would only end as `frozen`, with a record and a mail. @throws {ServiceFrozen} with the way out. */
export async function refuseWhileFrozen({ store }: Pick<StartingDeps, 'store'>, service: string): Promise<void> {
  const frozen = await store.releases.frozen(service);
  if (frozen === null) return;
  const why = sentence(`${service} has been frozen since ${timeWords(frozen.at)}: ${frozen.reason}`);
  throw new ServiceFrozen(`${why} ${wayOutOfFreeze(service)}`);
}

/**
 * Starts a rollback. For an emergency nothing is looked up before, which must not wait for the database; a planned one that waits already is
 * joined.
 *
 * @throws {OnlyObserved} where another pipeline carries releases in.
 */
export async function startRollback(deps: StartingDeps, wanted: Wanted<PersonRollbackTrigger>): Promise<ApiStarted> {
  const { key, ...asked } = wanted;
  const configured = findService(deps.configuration, asked.service);
  refuseObserved(configured);
  const service = configured.name;
  const trigger = personRollbackTriggerSchema.parse({ kind: 'person', wants: 'rollback', ...asked, at: deps.now() });
  const carrying = isPlanned(trigger) ? await plannedRollback(deps, trigger) : null;
  if (carrying !== null) return join(deps, carrying, trigger);
  return start(deps, { machine: deps.rollbackMachine, word: 'rollback', service, key, trigger });
}

/** The planned rollback to the same version that waits already; null when there is none. */
async function plannedRollback(
  { store }: StartingDeps,
  { service, version }: PersonRollbackTrigger,
): Promise<OperationRecord | null> {
  const found = (await store.operations.list(service, newestLookedThrough)).find(
    (one) =>
      one.kind === 'rollback' &&
      isUnderWay(one) &&
      one.trigger.kind === 'person' &&
      one.trigger.wants === 'rollback' &&
      isPlanned(one.trigger) &&
      one.trigger.version === version,
  );
  return found ?? null;
}

/** Answers with the operation that is there, and notes who asked for it once more. */
async function join(
  deps: StartingDeps,
  operation: OperationRecord,
  trigger: PersonDeploymentTrigger | PersonRollbackTrigger,
): Promise<ApiStarted> {
  const { id, executionArn, service } = operation;
  const refusal = hotfixRefusal(operation, trigger);
  if (refusal !== null) throw new WriteConflict(refusal);
  await noteStart(deps, {
    id: executionName('join', service, ['once', deps.newId()]),
    service,
    accepted: 'ignored',
    reason: `joined operation ${id}, which is already in progress, ${trigger.actor} asked for it`,
    started: null,
    attempted: `note who joined ${id}`,
  });
  return { operation: id, execution: executionArn, joined: true };
}

/** Starts a machine for a person's wish, and notes that; the same `Idempotency-Key` starts it once (I10). */
export async function start(
  deps: StartingDeps,
  wanted: {
    machine: string;
    word: string;
    service: string;
    key: string | null;
    trigger: PersonDeploymentTrigger | PersonRollbackTrigger | PersonTrafficTrigger;
  },
): Promise<ApiStarted> {
  const { machine, word, service, key, trigger } = wanted;
  const identity = key === null ? ['once', deps.newId()] : ['key', trigger.actor, key];
  const name = executionName(word, service, identity);
  const outcome = await startOperation(deps.workflow, { stateMachineArn: machine, name, service, trigger });
  const { operation, execution } = outcome;
  if (outcome.kind === 'already-exists') {
    if (asksTheSame(outcome.input, trigger)) return { operation, execution };
    throw new WriteConflict('This Idempotency-Key was used for another request.');
  }
  await noteStart(deps, {
    id: name,
    service,
    accepted: 'started',
    reason: `operation ${operation}, ${trigger.actor} asked for it`,
    started: outcome.started,
    attempted: `note the start of ${operation}`,
  });
  return { operation, execution };
}

/** An emergency must not wait for the database: what was started has the operation, and the answer says which. */
function noteStart(
  deps: StartingDeps,
  {
    attempted,
    ...delivery
  }: Pick<DeliveryRecord, 'id' | 'service' | 'accepted' | 'reason' | 'started'> & { attempted: string },
) {
  return bestEffortNow({ dependency: 'DynamoDB', attempted, log: deps.log, within: seconds(1) })(() =>
    deps.store.deliveries.record({ ...delivery, source: 'person', at: timestamp(deps) }),
  );
}

/** Whether an earlier start of the same key wanted the same, whenever it was. An input that is not known any more is not held against it. */
function asksTheSame(input: string | null, trigger: object): boolean {
  if (input === null) return true;
  const earlier: { trigger?: object } = JSON.parse(input);
  const words = (one: object) =>
    JSON.stringify(Object.entries({ ...one, at: null, until: null }).sort(([a], [b]) => (a < b ? -1 : 1)));
  return words(earlier.trigger ?? {}) === words(trigger);
}
