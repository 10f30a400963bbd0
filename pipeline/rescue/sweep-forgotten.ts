import { hours } from '../../contracts/duration.ts';
import { instant } from '../../contracts/instant.ts';
import { operationId } from '../../core/operation/id.ts';
import type { GuardianDeps } from '../ports.ts';
import { type GuardAnswer, guard } from './guard.ts';
import { maybeUnknownYet } from './known-within.ts';

/** So many of the newest deliveries are looked at. */
const newest = 100;
/** For so long a start is looked after: a sweep comes every five minutes, and may have failed for a while. */
const lookedFor = hours(24);

/**
 * Finds what had registered nothing when its state machine was deleted, so that Step Functions does not list it either: who started it
 * has noted how. It has an outcome too (I5).
 */
export async function sweepForgotten(deps: GuardianDeps): Promise<GuardAnswer[]> {
  const since = new Date(deps.now() - lookedFor).toISOString();
  const answers: GuardAnswer[] = [];
  for (const { started } of await deps.store.deliveries.list(newest, since)) {
    if (started === null) continue;
    const { executionArn, stateMachineArn, startedAt, input } = started;
    const startDate = instant(Date.parse(startedAt));
    if (maybeUnknownYet(startedAt, deps.now())) continue;
    const name = executionArn.slice(executionArn.lastIndexOf(':') + 1);
    if ((await deps.store.operations.read(operationId(startDate, name))) !== null) continue;
    if ((await deps.workflow.describe(executionArn)) !== null) continue;
    answers.push(await guard(deps, { executionArn, stateMachineArn, name, status: 'ABORTED', startDate, input }));
  }
  return answers.filter(({ outcome }) => outcome !== 'nothing-to-do');
}
