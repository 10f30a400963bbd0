import { deadStatuses } from '../../contracts/events/execution-status.ts';
import { operationId } from '../../core/operation/id.ts';
import type { GuardianDeps } from '../ports.ts';
import { type GuardAnswer, guard } from './guard.ts';

/** So many of each machine and status are looked at, the newest. */
const newest = 100;
/** For so long an execution that died is looked for, ms: a sweep comes every five minutes, and may have failed for a while. */
const lookedForMs = 24 * 3_600_000;

/**
 * Finds what died before it had registered its operation, and the event of which was lost as well: nothing in the database leads there,
 * but Step Functions lists it. The person who started it was given the operation's id, so it gets an outcome too (I5).
 */
export async function sweepUnregistered(deps: GuardianDeps): Promise<GuardAnswer[]> {
  const kinds = deps.operationMachines.flatMap((stateMachineArn) =>
    deadStatuses.map((status) => ({ stateMachineArn, status })),
  );
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const executions = await deps.workflow.list({ ...kind, limit: newest });
      return executions.map((execution) => ({ ...kind, ...execution }));
    }),
  );
  const since = deps.now() - lookedForMs;
  const recent = lists.flat().filter(({ startedAt, stoppedAt }) => (stoppedAt ?? startedAt) > since);

  const answers: GuardAnswer[] = [];
  for (const { executionArn, stateMachineArn, status, startedAt: startDate } of recent) {
    const name = executionArn.slice(executionArn.lastIndexOf(':') + 1);
    if ((await deps.store.operations.read(operationId(startDate, name))) !== null) continue;
    const found = await deps.workflow.describe(executionArn);
    const { input = null, error = null, cause = null } = found ?? {};
    answers.push(await guard(deps, { executionArn, stateMachineArn, name, status, startDate, input, error, cause }));
  }
  return answers.filter(({ outcome }) => outcome !== 'nothing-to-do');
}
