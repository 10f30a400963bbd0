import { type Milliseconds, milliseconds } from '../../contracts/duration.ts';
import { between, type Instant, parseInstant } from '../../contracts/instant.ts';

/** What is read of an operation of Argo CD, requested or under way. */
interface ArgoOperation {
  readonly info?: readonly { readonly name?: string; readonly value?: string }[] | undefined;
  readonly sync?: { readonly revision?: string | undefined } | undefined;
  readonly initiatedBy?:
    | { readonly username?: string | undefined; readonly automated?: boolean | undefined }
    | undefined;
}

/** What is read of an Application; the field names are Argo CD's. */
export interface SyncedApplication {
  /** Requested and not begun. */
  readonly operation?: ArgoOperation | undefined;
  readonly status?:
    | {
        readonly operationState?:
          | {
              readonly operation?: ArgoOperation | undefined;
              readonly phase?: string | undefined;
              readonly message?: string | undefined;
              readonly startedAt?: string | undefined;
              readonly finishedAt?: string | undefined;
              readonly syncResult?: { readonly revision?: string | undefined } | undefined;
            }
          | undefined;
        readonly sync?: { readonly status?: string | undefined; readonly revision?: string | undefined } | undefined;
        readonly health?: { readonly status?: string | undefined } | undefined;
        readonly reconciledAt?: string | undefined;
        readonly conditions?:
          | readonly {
              readonly type: string;
              readonly message?: string | undefined;
              readonly lastTransitionTime?: string | undefined;
            }[]
          | undefined;
      }
    | undefined;
}

export interface WantedSync {
  /** Sluice's operation id, as it stands in the operation's `info`. */
  readonly operation: string;
  /** The commit on the environment's branch. */
  readonly revision: string;
  readonly now: Instant;
}

export type SyncState =
  /** Nobody's operation is under way, and ours has not been. */
  | { kind: 'not-started' }
  /** Somebody else's operation is under way: wait for it, then terminate it. */
  | { kind: 'foreign-operation'; startedBy: string; runningFor: Milliseconds }
  | { kind: 'syncing'; what: string }
  /** Ours succeeded, but Argo CD has not compared since: annotate `argocd.argoproj.io/refresh`. */
  | { kind: 'needs-refresh' }
  | { kind: 'synced' }
  | { kind: 'failed'; reason: string };

const fatalConditions = new Set(['ComparisonError', 'InvalidSpecError', 'SyncError']);
const running = new Set(['Running', 'Terminating']);

/**
 * Judges whether exactly our sync of exactly our revision is done and healthy. An Application without replicas reads healthy
 * too: the Deployment is judged for itself (`judgeDeployment`, I2).
 */
export function judgeSync(application: SyncedApplication, wanted: WantedSync): SyncState {
  const { operation, status } = application;
  const state = status?.operationState;
  const active = running.has(state?.phase ?? '');
  if (active && !isOurs(state?.operation, wanted)) return foreign(state?.operation, state?.startedAt, wanted.now);
  if (operation && !active) {
    // asked for, and not picked up yet; what the state still tells is about the operation before it
    return isOurs(operation, wanted)
      ? { kind: 'syncing', what: 'requested' }
      : foreign(operation, undefined, wanted.now);
  }
  if (!state || !isOurs(state.operation, wanted)) return { kind: 'not-started' };

  const condition = status?.conditions?.find(({ type }) => fatalConditions.has(type));
  if (condition && isCurrent(condition.lastTransitionTime, state.startedAt, status?.reconciledAt)) {
    return { kind: 'failed', reason: `${condition.type}: ${condition.message ?? 'no message'}` };
  }
  if (state.phase === 'Failed' || state.phase === 'Error') {
    return { kind: 'failed', reason: `sync ${state.phase}: ${state.message ?? 'no message'}` };
  }
  if (state.phase !== 'Succeeded' || !state.finishedAt) {
    return { kind: 'syncing', what: `operation ${state.phase ?? 'without a phase'}` };
  }
  const synced = state.syncResult?.revision;
  if (synced !== wanted.revision) {
    return { kind: 'failed', reason: `synced ${synced ?? 'no revision'} instead of ${wanted.revision}` };
  }
  if (!status?.reconciledAt || parseInstant(status.reconciledAt) < parseInstant(state.finishedAt)) {
    return { kind: 'needs-refresh' };
  }
  if (status.sync?.revision !== wanted.revision) return { kind: 'needs-refresh' };
  if (status.sync.status !== 'Synced')
    return { kind: 'syncing', what: `sync status ${status.sync.status || 'unknown'}` };
  // an empty health is one that is not known yet
  const health = status.health?.status || 'Progressing';
  return health === 'Healthy' ? { kind: 'synced' } : { kind: 'syncing', what: `health ${health}` };
}

function isOurs(operation: ArgoOperation | undefined, wanted: WantedSync): boolean {
  const revision = operation?.sync?.revision;
  return operation?.info?.some(({ value }) => value === wanted.operation) === true && revision === wanted.revision;
}

function foreign(operation: ArgoOperation | undefined, startedAt: string | undefined, now: Instant): SyncState {
  const { username, automated } = operation?.initiatedBy ?? {};
  const startedBy = username || (automated ? 'argocd (automated)' : 'unknown');
  const runningFor = startedAt ? between(parseInstant(startedAt), now) : milliseconds(0);
  return { kind: 'foreign-operation', startedBy, runningFor };
}

/** A condition counts unless it is older than our operation and Argo CD has not looked again since. */
function isCurrent(
  since: string | undefined,
  startedAt: string | undefined,
  reconciledAt: string | undefined,
): boolean {
  if (!since || !startedAt) return true;
  const start = parseInstant(startedAt);
  return parseInstant(since) >= start || (reconciledAt !== undefined && parseInstant(reconciledAt) >= start);
}
