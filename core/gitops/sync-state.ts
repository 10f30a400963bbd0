import { type Milliseconds, milliseconds, seconds } from '../../contracts/duration.ts';
import { between, type Instant, instant, parseInstant } from '../../contracts/instant.ts';
import { durationWords } from '../../contracts/words.ts';

/** What is read of an operation of Argo CD, requested or under way. */
interface ArgoOperation {
  readonly info?: readonly { readonly name?: string; readonly value?: string }[] | undefined;
  readonly sync?: { readonly revision?: string | undefined } | undefined;
  readonly initiatedBy?:
    | { readonly username?: string | undefined; readonly automated?: boolean | undefined }
    | undefined;
}

/** What is read of an object that Argo CD manages. */
interface ArgoResource {
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  readonly health?: { readonly status?: string | undefined; readonly message?: string | undefined } | undefined;
  readonly requiresPruning?: boolean | undefined;
}

/** What is read of what a sync did with an object. */
interface SyncedResource {
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  /** `PreSync`, `Sync`, `PostSync`; only hooks have one. */
  readonly hookType?: string | undefined;
  readonly hookPhase?: string | undefined;
  readonly message?: string | undefined;
}

/** What is read of how an operation stands. */
interface ArgoOperationState {
  readonly operation?: ArgoOperation | undefined;
  readonly phase?: string | undefined;
  readonly message?: string | undefined;
  readonly startedAt?: string | undefined;
  readonly finishedAt?: string | undefined;
  readonly syncResult?:
    | { readonly revision?: string | undefined; readonly resources?: readonly SyncedResource[] | undefined }
    | undefined;
}

/** What is read of an Application; the field names are Argo CD's. */
export interface SyncedApplication {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> | undefined } | undefined;
  readonly spec?: { readonly source?: { readonly targetRevision?: string | undefined } | undefined } | undefined;
  /** Requested and not begun. */
  readonly operation?: ArgoOperation | undefined;
  readonly status?:
    | {
        readonly operationState?: ArgoOperationState | undefined;
        readonly sync?: { readonly status?: string | undefined; readonly revision?: string | undefined } | undefined;
        readonly health?: { readonly status?: string | undefined } | undefined;
        readonly reconciledAt?: string | undefined;
        /** Syncs that have succeeded, the newest last. */
        readonly history?:
          | readonly {
              readonly revision?: string | undefined;
              readonly initiatedBy?: { readonly username?: string | undefined } | undefined;
            }[]
          | undefined;
        /** What Argo CD manages for it, object by object. */
        readonly resources?: readonly ArgoResource[] | undefined;
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
  /** The commit to which the Application is pinned. */
  readonly revision: string;
  /** How long Argo CD may be unable to compare, as while its repository server restarts. */
  readonly comparisonGrace: Milliseconds;
  readonly now: Instant;
}

export type SyncState =
  /** Nobody's operation is under way, and ours has not been. */
  | { kind: 'not-started' }
  /** Somebody else's operation is under way: wait for it, then terminate it. */
  | { kind: 'foreign-operation'; startedBy: string; runningFor: Milliseconds }
  | { kind: 'syncing'; what: string }
  /** Argo CD has to compare again before anybody can tell, and does not by itself: annotate `argocd.argoproj.io/refresh`. */
  | { kind: 'needs-refresh'; what: string }
  | { kind: 'synced' }
  | { kind: 'failed'; reason: string };

/** Asks Argo CD to compare again, which then takes it away. */
export const refreshAnnotation = 'argocd.argoproj.io/refresh';

/** Argo CD compares by itself when a sync has ended. After so long it is asked to, and again while it cannot. */
const compareAfter = seconds(10);
/** What Argo CD says of an operation that waits for its window; ours has to pass any (DESIGN §5, GitOps). */
const heldByWindow = 'Sync operation blocked by sync window';
const running = new Set(['Running', 'Terminating']);

/**
 * Judges whether exactly our sync of exactly our revision is done and healthy. An Application without replicas reads healthy
 * too: the Deployment is judged for itself (`judgeDeployment`, I2).
 */
export function judgeSync(application: SyncedApplication, wanted: WantedSync): SyncState {
  const { operation, status } = application;
  const state = status?.operationState;
  const active = running.has(state?.phase ?? '');
  // Once ours has succeeded, self-heal may replace its state by an operation of its own to the same commit: that takes nothing back.
  const isDone = isInHistory(application, wanted);
  const isOurs = (one: ArgoOperation | undefined): boolean =>
    carriesId(one, wanted) ||
    (isDone && one?.initiatedBy?.automated === true && one.sync?.revision === wanted.revision);
  if (active && !isOurs(state?.operation)) return foreign(state?.operation, state?.startedAt, wanted.now);
  if (operation && !active) {
    // asked for, and not picked up yet; what the state still tells is about the operation before it
    return isOurs(operation) ? { kind: 'syncing', what: 'requested' } : foreign(operation, undefined, wanted.now);
  }
  if (!state || !isOurs(state.operation)) return { kind: 'not-started' };

  const current = (status?.conditions ?? []).filter(({ lastTransitionTime }) =>
    isCurrent(lastTransitionTime, state.startedAt, status?.reconciledAt),
  );
  const fatal = current.find(
    (condition) => condition.type === 'InvalidSpecError' || isOurSyncError(condition, state, wanted),
  );
  if (fatal) return { kind: 'failed', reason: tell(fatal) };
  if (state.phase === 'Failed' || state.phase === 'Error') {
    const message = state.message ?? 'no message';
    return {
      kind: 'failed',
      reason: `sync ${state.phase}: ${message}${failedIn(state.syncResult?.resources, message)}`,
    };
  }
  const hooks = failedHooks(state);
  if (hooks.length > 0) return { kind: 'failed', reason: `sync Failed${listed(hooks.map(syncedAs))}` };
  const uncompared = current.find(({ type }) => type === 'ComparisonError');
  if (uncompared) return judgeComparisonError(uncompared, application, wanted);
  if (state.phase !== 'Succeeded' || !state.finishedAt) {
    const message = state.message ? `: ${state.message}` : '';
    const hint = state.message?.startsWith(heldByWindow) ? `, because it lacks manualSync: true in the AppProject` : '';
    return { kind: 'syncing', what: `operation ${state.phase ?? 'without a phase'}${message}${hint}` };
  }
  const synced = state.syncResult?.revision;
  if (synced !== wanted.revision) {
    return { kind: 'failed', reason: `synced ${synced ?? 'no revision'} instead of ${wanted.revision}` };
  }
  if (!status?.reconciledAt || parseInstant(status.reconciledAt) < parseInstant(state.finishedAt)) {
    return awaitComparison(application, state.finishedAt, wanted, 'Argo CD has not compared since the sync');
  }
  if (status.sync?.revision !== wanted.revision) {
    const what = `Argo CD compared with ${status.sync?.revision || 'no revision'}`;
    return awaitComparison(application, status.reconciledAt, wanted, what);
  }
  if (status.sync.status !== 'Synced') {
    const different = (status.resources ?? []).filter((resource) => resource.status === 'OutOfSync');
    return { kind: 'syncing', what: `sync status ${status.sync.status || 'unknown'}${listed(different.map(nameOf))}` };
  }
  // an empty health is one that is not known yet
  const health = status.health?.status || 'Progressing';
  if (health === 'Healthy') return { kind: 'synced' };
  const unwell = (status.resources ?? []).filter((resource) => (resource.health?.status ?? 'Healthy') !== 'Healthy');
  return { kind: 'syncing', what: `health ${health}${listed(unwell.map(healthOf))}` };
}

interface ArgoCondition {
  readonly type: string;
  readonly message?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
}

const tell = ({ type, message }: ArgoCondition): string => `${type}: ${message ?? 'no message'}`;

/** Argo CD cannot compare: perhaps for seconds, while its repository server restarts; for longer, the chart or the commit is wrong. */
function judgeComparisonError(condition: ArgoCondition, application: SyncedApplication, wanted: WantedSync): SyncState {
  const { comparisonGrace, now } = wanted;
  const { status } = application;
  const told = tell(condition);
  // A condition from before our operation is held against it from its beginning on.
  const starts = [condition.lastTransitionTime, status?.operationState?.startedAt].filter((time) => time !== undefined);
  const since = instant(Math.max(0, ...starts.map(parseInstant)));
  const lasts = between(since, now);
  if (lasts >= comparisonGrace) return { kind: 'failed', reason: `${told} (for ${durationWords(lasts)})` };
  return awaitComparison(application, status?.reconciledAt, wanted, told);
}

/** Argo CD has to compare again: by itself, or because it is asked to once nothing has happened for a while. */
function awaitComparison(
  { metadata }: SyncedApplication,
  since: string | undefined,
  { now }: WantedSync,
  what: string,
): SyncState {
  const isAsked = metadata?.annotations?.[refreshAnnotation] !== undefined;
  const isDue = since === undefined || between(parseInstant(since), now) >= compareAfter;
  return isDue && !isAsked ? { kind: 'needs-refresh', what } : { kind: 'syncing', what };
}

/** The objects for which a sync failed, where its message does not say so: of hooks and dry runs it only says that there are some. */
function failedIn(resources: readonly SyncedResource[] | undefined, told: string): string {
  const failed = (resources ?? []).filter((one) => one.status === 'SyncFailed' || hasFailed(one));
  return listed(failed.filter(({ message }) => message === undefined || !told.includes(message)).map(syncedAs));
}

/**
 * Hooks that failed in an attempt which Argo CD is going to repeat: until then it says that the operation runs and has finished. What keeps an
 * object from being applied may be over the next time, so those attempts are waited for. A hook is not waited for: a migration that failed is
 * nothing to run five times more, and a Job says by its `backoffLimit` how often it may be tried.
 */
function failedHooks({ phase, finishedAt, syncResult }: ArgoOperationState): SyncedResource[] {
  if (phase !== 'Running' || finishedAt === undefined) return [];
  return (syncResult?.resources ?? []).filter((one) => one.hookType && hasFailed(one));
}

const hasFailed = ({ hookPhase }: SyncedResource): boolean => hookPhase === 'Failed' || hookPhase === 'Error';

const syncedAs = (one: SyncedResource): string =>
  `${one.hookType ? `${one.hookType} hook ` : ''}${nameOf(one)}${one.message ? `: ${one.message}` : ''}`;

const nameOf = ({ kind, namespace, name, requiresPruning }: ArgoResource): string =>
  `${kind} ${namespace ? `${namespace}/` : ''}${name}${requiresPruning ? ' (to be pruned)' : ''}`;

const healthOf = (resource: ArgoResource): string => {
  const { status, message } = resource.health ?? {};
  return `${nameOf(resource)} is ${status}${message ? `: ${message}` : ''}`;
};

const mostListed = 5;

function listed(items: readonly string[]): string {
  if (items.length === 0) return '';
  const more = items.length > mostListed ? ` and ${items.length - mostListed} more` : '';
  return `: ${items.slice(0, mostListed).join(', ')}${more}`;
}

/** Who starts a sync for an operation, as Argo CD notes it. */
export const initiatorOf = (operation: string): string => `sluice:${operation}`;

/** Whether the newest sync that succeeded and was not Argo CD's own is this operation's, to this commit. */
export function isInHistory(
  { status }: Pick<SyncedApplication, 'status'>,
  { operation, revision }: Pick<WantedSync, 'operation' | 'revision'>,
): boolean {
  const asked = (status?.history ?? []).filter(({ initiatedBy }) => initiatedBy?.username !== undefined);
  const newest = asked.at(-1);
  return newest?.revision === revision && newest.initiatedBy?.username === initiatorOf(operation);
}

function carriesId(operation: ArgoOperation | undefined, wanted: WantedSync): boolean {
  const revision = operation?.sync?.revision;
  return operation?.info?.some(({ value }) => value === wanted.operation) === true && revision === wanted.revision;
}

function foreign(operation: ArgoOperation | undefined, startedAt: string | undefined, now: Instant): SyncState {
  const { username, automated } = operation?.initiatedBy ?? {};
  const startedBy = username || (automated ? 'argocd (automated)' : 'unknown');
  const runningFor = startedAt ? between(parseInstant(startedAt), now) : milliseconds(0);
  return { kind: 'foreign-operation', startedBy, runningFor };
}

/**
 * Argo CD says `SyncError` of the syncs that it begins by itself, and takes the word back only when it may begin one: it stays of the operation
 * before ours, for the same second or until a closed window opens. So it counts when it is later than the start of ours and of our commit.
 */
function isOurSyncError(
  { type, message, lastTransitionTime }: ArgoCondition,
  state: ArgoOperationState,
  wanted: WantedSync,
) {
  if (type !== 'SyncError') return false;
  const failed = /^Failed last sync attempt to \[?([0-9a-f]{40})\b/.exec(message ?? '')?.[1];
  if (failed !== undefined && failed !== wanted.revision) return false;
  const { startedAt } = state;
  return !lastTransitionTime || !startedAt || parseInstant(lastTransitionTime) > parseInstant(startedAt);
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
