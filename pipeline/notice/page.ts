import type { Execution } from '../../contracts/commands.ts';
import { parseInstant } from '../../contracts/instant.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { findService, idOf } from '../operation/operation-context.ts';
import type { NotifyDeps } from '../ports.ts';
import { pageOnCall, pagingBudget } from './page-on-call.ts';

/**
 * Wakes the on-call, once per execution and once per pause of it: it is frozen, or something must be decided by a person (I5, I7). Without the
 * database nothing is known to be frozen: that would be a record.
 */
export async function page(
  deps: NotifyDeps,
  command: { execution: Execution; service: string; reason: string },
): Promise<ResultOf<'page'>> {
  const service = findService(deps.configuration, command.service);
  const operation = idOf(command.execution);
  const budget = pagingBudget();
  // An alert that only pauses a shift has registered no operation of its own.
  const record = await budget.ask(() => deps.store.operations.read(operation));
  const isFrozen = record?.outcome === 'frozen' || (await budget.ask(() => frozeService(deps, service.name, record)));
  const kind = isFrozen ? ('frozen' as const) : ('needs-a-person' as const);
  const paused = record?.pausedAt ?? null;
  const pausedAt = kind === 'frozen' || paused === null ? null : parseInstant(paused);
  // Its record says why it was at work as well.
  const reason = isFrozen && record?.reason?.includes(command.reason) ? record.reason : command.reason;
  const news = { operation, kind, reason, pausedAt };
  return { outcome: await pageOnCall(deps, service, news, budget) };
}

/** Whether an operation that has ended, as an aborted rollback does, left its service frozen. */
async function frozeService({ store }: NotifyDeps, service: string, record: OperationRecord | null): Promise<boolean> {
  if (record === null || record.outcome === null) return false;
  return (await store.releases.frozen(service))?.operation === record.id;
}
