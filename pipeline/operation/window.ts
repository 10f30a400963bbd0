import type { Execution } from '../../contracts/commands.ts';
import { later, parseInstant } from '../../contracts/instant.ts';
import { because } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { durationWords } from '../../contracts/words.ts';
import { operationWindow } from '../../core/windows/operation-window.ts';
import { closedWords, openingWords } from '../../core/windows/window-words.ts';
import type { OperationDeps } from '../ports.ts';
import { loadOperation, timestamp } from './operation-context.ts';
import { placeOf, supersededReason } from './superseded.ts';

type Over = Extract<ResultOf<'read-window'>, { reason: string }>;

/** Reads whether the windows allow this operation now. */
export async function readWindow(deps: OperationDeps, execution: Execution): Promise<ResultOf<'read-window'>> {
  const { operation, service } = await loadOperation(deps, execution);
  const now = deps.now();
  await deps.store.operations.enter(operation.id, 'awaiting-window', timestamp(deps));
  const over = await overBefore(deps, operation);
  if (over !== null) return over;
  const state = operationWindow(operation, service.windows, now);
  if (state.kind === 'open') return { outcome: 'open' };
  const end = (told: string): Over => ({
    outcome: 'window-closed',
    ending: 'window-closed',
    reason: because('WindowClosed', told),
  });
  const why = `${closedWords(service.windows, state)} ${openingWords(state)}`;
  if (service.outsideWindows === 'refuse') return end(why);
  const since = operation.state === 'awaiting-window' ? parseInstant(operation.stateSince) : now;
  if (now > later(since, service.deadlines.window)) {
    return end(`No deployment window opened within ${durationWords(service.deadlines.window)}. ${why}`);
  }
  // Never longer than `recheck`, so that a superseded or aborted operation does not linger where nobody could wake it.
  const longest = Math.ceil(service.approvals.recheck / 1000);
  const untilOpening = state.nextOpening === null ? longest : Math.ceil((state.nextOpening - now) / 1000) + 1;
  return { outcome: 'closed', waitSeconds: Math.max(1, Math.min(untilOpening, longest)) };
}

/** Stores the callback of the operation that waits for its window, among those that wait for the lock, and wakes it at once if it need not wait. */
export async function awaitWindow(
  deps: OperationDeps,
  execution: Execution,
  taskToken: string,
): Promise<ResultOf<'await-window'>> {
  const { operation: waiting, service } = await loadOperation(deps, execution);
  await deps.store.locks.wait(service.name, waiting.id, taskToken);
  // Read after the callback is stored: what came before found none to wake.
  const { operation } = await loadOperation(deps, execution);
  const over = await overBefore(deps, operation);
  if (over !== null || operationWindow(operation, service.windows, deps.now()).kind === 'open') {
    await deps.workflow.succeed(taskToken, { outcome: 'woken' });
  }
  return { outcome: 'waiting' };
}

/** What ends an operation whatever its windows say: an abort, or a newer release. */
async function overBefore({ store }: OperationDeps, operation: OperationRecord): Promise<Over | null> {
  if (operation.abort)
    return { outcome: 'aborted', ending: 'aborted', reason: because('Aborted', operation.abort.reason) };
  if (operation.kind !== 'deployment') return null;
  const place = await placeOf(store, operation);
  if (place.kind === 'kept' || place.by === null) return null;
  return { outcome: 'superseded', ending: 'superseded', reason: supersededReason(place.by) };
}
