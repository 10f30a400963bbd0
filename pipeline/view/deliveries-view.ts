import type { ApiDelivery } from '../../contracts/api/deliveries.ts';
import { parseInstant } from '../../contracts/instant.ts';
import type { DeliveryRecord } from '../../contracts/records/delivery.ts';
import { operationId } from '../../core/operation/id.ts';
import type { ViewDeps } from '../ports.ts';

/**
 * What came in lately, and what was made of it, newest first. A start and what came of it are two records: of a start that had nothing to do,
 * or only paused another operation, the second one is shown, at the time of the first.
 */
export async function listDeliveries({ store }: Pick<ViewDeps, 'store'>, limit: number): Promise<ApiDelivery[]> {
  // Each may have an answer beside it, which is newer.
  const records = await store.deliveries.list(limit * 2);
  const starts = new Set(records.map(({ started }) => started?.executionArn));
  const shown = records.filter(({ answers = null }) => answers === null || !starts.has(answers)).slice(0, limit);
  return Promise.all(
    shown.map(async ({ id, source, service, at, accepted, reason, started }) => {
      const answer = started && records.find(({ answers }) => answers === started.executionArn);
      const operation = started === null ? null : operationOf(started);
      // Paused first, and then compared: the bad side may have been found, and left.
      const isRegistered = answer && operation !== null && (await store.operations.read(operation)) !== null;
      const told = answer && !isRegistered ? answer : { accepted, reason };
      return { id, source, service, at, accepted: told.accepted, reason: told.reason, operation };
    }),
  );
}

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
