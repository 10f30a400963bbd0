import type { ApiDelivery } from '../../contracts/api/deliveries.ts';
import { parseInstant } from '../../contracts/instant.ts';
import type { DeliveryRecord } from '../../contracts/records/delivery.ts';
import { operationId } from '../../core/operation/id.ts';
import type { ViewDeps } from '../ports.ts';

/**
 * What came in lately, and what was made of it, newest first. A start and what came of it are two records: of a start that had nothing to do,
 * or only paused another operation, the second one is shown, at the time of the first. Step Functions answers a repeated start of an execution
 * that still runs as it answered the first: only the oldest delivery of an execution has started it.
 */
export async function listDeliveries({ store }: Pick<ViewDeps, 'store'>, limit: number): Promise<ApiDelivery[]> {
  // Each may have an answer beside it, which is newer.
  const records = await store.deliveries.list(limit * 2);
  const starts = new Set(records.map(({ started }) => started?.executionArn));
  const shown = records.filter(({ answers = null }) => answers === null || !starts.has(answers)).slice(0, limit);
  const firstOf = new Map(records.map((record) => [record.started?.executionArn, record]));
  return Promise.all(
    shown.map(async (record) => {
      const { id, source, service, at, accepted, reason, started } = record;
      const answer = started && records.find(({ answers }) => answers === started.executionArn);
      const operation = started === null ? null : operationOf(started);
      // Paused first, and then compared: the bad side may have been found, and left.
      const isRegistered = answer && operation !== null && (await store.operations.read(operation)) !== null;
      const isRepeated = started !== null && firstOf.get(started.executionArn) !== record;
      const own = isRepeated ? repeatOf(operation) : { accepted, reason };
      const told = answer && !isRegistered ? answer : own;
      return { id, source, service, at, accepted: told.accepted, reason: told.reason, operation };
    }),
  );
}

const repeatOf = (operation: string | null): Pick<ApiDelivery, 'accepted' | 'reason'> => ({
  accepted: 'ignored',
  reason: `came before, and started nothing more: operation ${operation}. To see its result: sluice operation ${operation}`,
});

/** Why a start has registered no operation of this id; null when nothing is known of such a start. */
export async function absenceOf(deps: Pick<ViewDeps, 'store'>, operation: string): Promise<string | null> {
  const found = (await listDeliveries(deps, 100)).find((delivery) => delivery.operation === operation);
  if (found === undefined) return null;
  if (found.accepted === 'started') return 'it was started, and has not registered yet.';
  return `its start ${found.accepted === 'paused' ? 'paused ' : 'was ignored: '}${found.reason}`;
}

/** The id that the operation of an execution has, once it is registered. */
function operationOf({ executionArn, startedAt }: NonNullable<DeliveryRecord['started']>): string {
  return operationId(parseInstant(startedAt), executionArn.slice(executionArn.lastIndexOf(':') + 1));
}
