import { timestamp } from '../objects.ts';
import type {
  Application,
  ApplicationStatus,
  OperationPhase,
  OperationState,
  ResourceResult,
  RevisionHistory,
} from './application-types.ts';

/** How an operation ended: its state, and what else changes in the Application's status. */
export interface SyncOutcome {
  state: OperationState;
  extra: ApplicationStatus;
}

/** An operation that ended before anything was applied. */
export function finished(
  application: Application,
  state: OperationState,
  phase: OperationPhase,
  message: string,
): SyncOutcome;
/** An operation that was carried out, at this revision, with these results. */
export function finished(
  application: Application,
  state: OperationState,
  results: readonly ResourceResult[],
  revision: string,
): SyncOutcome;
export function finished(
  application: Application,
  state: OperationState,
  outcome: OperationPhase | readonly ResourceResult[],
  detail: string,
): SyncOutcome {
  const finishedAt = timestamp();
  if (typeof outcome === 'string')
    return { state: { ...state, phase: outcome, message: detail, finishedAt }, extra: {} };
  const { source } = application.spec;
  const failed = outcome.filter(({ status }) => status === 'SyncFailed');
  const phase = failed.length === 0 ? 'Succeeded' : 'Failed';
  const reasons = failed.map(({ message }) => message).join(',');
  const message =
    failed.length === 0
      ? 'successfully synced (all tasks run)'
      : `one or more objects failed to apply, reason: ${reasons}`;
  const syncResult = { revision: detail, source, resources: [...outcome] };
  const ended: OperationState = { ...state, phase, message, finishedAt, syncResult };
  return { state: ended, extra: failed.length === 0 ? { history: withEntry(application, ended, detail) } : {} };
}

/** Argo CD's SyncError condition: the last automated sync of this very revision failed, and is not tried again. */
export function syncFailure({ status, spec }: Application, revision: string): string | undefined {
  const state = status?.operationState;
  if (
    spec.syncPolicy?.automated === undefined ||
    state?.finishedAt === undefined ||
    !['Failed', 'Error'].includes(state.phase)
  ) {
    return undefined;
  }
  const tried = state.syncResult?.revision ?? state.operation.sync?.revision;
  return tried === revision ? `Failed last sync attempt to [${revision}]: ${state.message ?? ''}` : undefined;
}

function withEntry({ spec, status }: Application, state: OperationState, revision: string): RevisionHistory[] {
  const before = status?.history ?? [];
  const entry: RevisionHistory = {
    id: (before.at(-1)?.id ?? -1) + 1,
    revision,
    deployStartedAt: state.startedAt,
    deployedAt: state.finishedAt ?? state.startedAt,
    source: spec.source,
    initiatedBy: state.operation.initiatedBy ?? {},
  };
  return [...before, entry].slice(-(spec.revisionHistoryLimit ?? 10));
}
