import type { ApiStarted } from '../../contracts/api/started.ts';
import { seconds } from '../../contracts/duration.ts';
import { WriteConflict } from '../../contracts/errors.ts';
import {
  type PersonDeploymentTrigger,
  type PersonRollbackTrigger,
  type PersonTrafficTrigger,
  personDeploymentTriggerSchema,
  personRollbackTriggerSchema,
} from '../../contracts/trigger.ts';
import { executionName } from '../../core/operation/execution-name.ts';
import { asideAtOnce } from '../operation/aside.ts';
import { findService, timestamp } from '../operation/operation-context.ts';
import { startOperation } from '../operation/start-operation.ts';
import type { OperatorDeps } from '../ports.ts';

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

/** Starts a deployment of a version that CI has built; whether it may go live is decided by the machine. */
export function startDeployment(deps: StartingDeps, wanted: Wanted<PersonDeploymentTrigger>): Promise<ApiStarted> {
  const { key, ...asked } = wanted;
  const service = findService(deps.configuration, asked.service).name;
  const trigger = personDeploymentTriggerSchema.parse({
    kind: 'person',
    wants: 'deployment',
    ...asked,
    at: deps.now(),
  });
  return start(deps, { machine: deps.deploymentMachine, word: 'deploy', service, key, trigger });
}

/** Starts a rollback. Nothing is looked up before: an emergency must not wait for the database. */
export function startRollback(deps: StartingDeps, wanted: Wanted<PersonRollbackTrigger>): Promise<ApiStarted> {
  const { key, ...asked } = wanted;
  const service = findService(deps.configuration, asked.service).name;
  const trigger = personRollbackTriggerSchema.parse({ kind: 'person', wants: 'rollback', ...asked, at: deps.now() });
  return start(deps, { machine: deps.rollbackMachine, word: 'rollback', service, key, trigger });
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
  // An emergency must not wait for the database: what was started has the operation, and the answer says which.
  await asideAtOnce({
    neighbour: 'DynamoDB',
    attempted: `note the start of ${operation}`,
    log: deps.log,
    within: seconds(1),
  })(() =>
    deps.store.deliveries.record({
      id: name,
      source: 'person',
      service,
      at: timestamp(deps),
      accepted: 'started',
      reason: `operation ${operation}, ${trigger.actor} asked for it`,
      started: outcome.started,
    }),
  );
  return { operation, execution };
}

/** Whether an earlier start of the same key wanted the same, whenever it was. An input that is not known any more is not held against it. */
function asksTheSame(input: string | null, trigger: object): boolean {
  if (input === null) return true;
  const earlier: { trigger?: object } = JSON.parse(input);
  const words = (one: object) =>
    JSON.stringify(Object.entries({ ...one, at: null, until: null }).sort(([a], [b]) => (a < b ? -1 : 1)));
  return words(earlier.trigger ?? {}) === words(trigger);
}
