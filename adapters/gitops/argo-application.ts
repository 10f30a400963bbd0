import { setTimeout as sleep } from 'node:timers/promises';
import type { IApplication } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { NotFound, StaleHolder, WriteConflict } from '../../contracts/errors.ts';
import { fenceAnnotation } from '../../contracts/fence.ts';
import { initiatorOf, isInHistory, refreshAnnotation } from '../../core/gitops/sync-state.ts';
import { readCapacityFence } from '../cluster/capacity-fence.ts';
import type { KubernetesClient } from '../cluster/kubernetes-client.ts';
import type { CallOptions } from '../shared/call-dependency.ts';

/** An Argo CD Application as its API sends it. */
export type Application = IApplication;

export interface WantedSync {
  readonly operation: string;
  /** The commit to pin, exactly. */
  readonly revision: string;
  /** The lock's counter: the fence of the Application, as on the route and the autoscaler (I12). */
  readonly epoch: number;
}

/** Whose operation Argo CD is working on. */
export interface RunningSync {
  /** Sluice's operation id, null when it is not ours. */
  readonly operation: string | null;
  readonly revision: string | null;
  /** Who asked, as Argo CD notes it. */
  readonly startedBy: string;
  /** `Pending` until the controller has picked it up, then Argo CD's own phase: `Running`, `Terminating`. */
  readonly phase: string;
}

export type StartOutcome =
  | { kind: 'started' }
  /** The same operation's sync of the same revision runs or has succeeded: a redelivery (I10). */
  | { kind: 'already-started' }
  /** Another operation is in progress: wait for it, then terminate it. */
  | { kind: 'busy'; running: RunningSync };

/** The Argo CD Applications of a cluster: how Sluice starts, watches and ends its syncs (DESIGN §5, GitOps). */
export interface ArgoApplications {
  /** What core/gitops/sync-state.ts judges. @throws {NotFound} when there is no such Application. */
  read(application: string, options?: CallOptions): Promise<Application>;
  /**
   * Pins the Application to exactly `revision` and asks for a sync to it, in one patch: with Sluice's operation id, not automated, with
   * pruning. From then on Argo CD heals to that commit, and no push to a branch promotes anything.
   *
   * @throws {StaleHolder} when a later holder of the lock has asked for one.
   */
  startSync(application: string, wanted: WantedSync, options?: CallOptions): Promise<StartOutcome>;
  /**
   * As `startSync`, also where another operation is in progress: that one is ended first. It is told again until nothing runs, since a retry
   * of Argo CD's can write over the word. `busy` when it still runs after `patience`.
   *
   * @throws {StaleHolder} as `startSync`.
   */
  replaceSync(
    application: string,
    wanted: WantedSync,
    options: CallOptions & { readonly patience: Milliseconds },
  ): Promise<StartOutcome>;
  /** Ends the operation in progress, as `argocd app terminate-op` does. Argo CD may go on all the same: see `replaceSync`. */
  terminate(application: string, options?: CallOptions): Promise<'terminating' | 'nothing-running'>;
  /** Has Argo CD compare again now. */
  refresh(application: string, options?: CallOptions): Promise<void>;
}

/** A merge patch of an Application. */
interface ApplicationPatch extends Readonly<Record<string, unknown>> {
  readonly metadata?: { readonly annotations: Readonly<Record<string, string>> };
}

/** Names the commit to which Sluice pinned the Application, so that another pin is seen as somebody else's. */
export const pinnedAnnotation = 'sluice.dev/pinned';

/** The entry of an operation's `info` that carries Sluice's operation id. */
export const operationInfo = 'sluice.dev/operation';

/** Between two looks whether an operation has ended. */
const lookEvery = seconds(1);

/** Each of these writes is conditional on what was read; Argo CD's controller writes the same object. */
const writeAttempts = 5;

/** Where an Application is in the Kubernetes API. */
export const applicationPath = (namespace: string, name: string): string =>
  `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications/${name}`;

/**
 * @param options.namespace where the Applications live; `argocd` without it.
 * @param options.pause lets time pass between two looks.
 */
export function createArgoApplications(
  kubernetes: KubernetesClient,
  options: { namespace?: string; pause?: (duration: Milliseconds) => Promise<void> } = {},
): ArgoApplications {
  const { namespace = 'argocd', pause = (duration) => sleep(duration) } = options;
  const pathOf = (name: string) => applicationPath(namespace, name);

  const read = async (name: string, asked?: CallOptions): Promise<Application> => {
    const application = await kubernetes.get<Application>(pathOf(name), asked);
    if (application === null) throw new NotFound(`no Argo CD Application ${namespace}/${name}`);
    return application;
  };

  /** Reads, lets `decide` answer or give a patch, and writes that patch on top of exactly what was read. */
  const change = async <T>(
    name: string,
    asked: CallOptions | undefined,
    decide: (live: Application) => { answer: T } | { patch: ApplicationPatch; answerWhenWritten: T },
  ): Promise<T> => {
    for (let attempt = 1; attempt <= writeAttempts; attempt += 1) {
      const live = await read(name, asked);
      const decision = decide(live);
      if ('answer' in decision) return decision.answer;
      const metadata = { ...decision.patch.metadata, resourceVersion: live.metadata?.resourceVersion };
      const outcome = await kubernetes.mergePatch(pathOf(name), { ...decision.patch, metadata }, asked);
      if (outcome.kind === 'patched') return decision.answerWhenWritten;
    }
    throw new WriteConflict(`Application ${namespace}/${name} changed under each of ${writeAttempts} attempts`);
  };

  const applications: ArgoApplications = {
    read,
    async replaceSync(name, wanted, { patience, ...asked }) {
      for (let waited = 0; ; waited += lookEvery) {
        const started = await applications.startSync(name, wanted, asked);
        if (started.kind !== 'busy' || waited >= patience) return started;
        await applications.terminate(name, asked);
        await pause(lookEvery);
      }
    },
    startSync: (name, wanted, asked) =>
      change<StartOutcome>(name, asked, (live) => {
        const { operation, epoch } = wanted;
        const fence = readCapacityFence(live.metadata?.annotations?.[fenceAnnotation]);
        if (fence !== null && fence.epoch > epoch) {
          const message = `Application ${name} was last synced by ${fence.operation} in epoch ${fence.epoch}, this operation has ${epoch}`;
          throw new StaleHolder(message, fence.epoch);
        }
        const running = runningSync(live);
        if (running !== null) {
          const ours = running.operation === wanted.operation && running.revision === wanted.revision;
          return { answer: ours ? { kind: 'already-started' } : { kind: 'busy', running } };
        }
        if (hasSucceeded(live, wanted)) return { answer: { kind: 'already-started' } };
        const { revision } = wanted;
        const annotations = { [fenceAnnotation]: JSON.stringify({ epoch, operation }), [pinnedAnnotation]: revision };
        const patch = {
          metadata: { annotations },
          spec: { source: { targetRevision: revision } },
          operation: syncOperation(wanted, live),
        };
        return { patch, answerWhenWritten: { kind: 'started' } };
      }),
    terminate: (name, asked) =>
      change<'terminating' | 'nothing-running'>(name, asked, (live) => {
        const running = runningSync(live);
        if (running === null) return { answer: 'nothing-running' };
        if (running.phase === 'Terminating') return { answer: 'terminating' };
        // What the controller has not picked up yet is taken back; what it works on is told to end, as Argo CD's API does.
        const patch =
          running.phase === 'Pending' ? { operation: null } : { status: { operationState: { phase: 'Terminating' } } };
        return { patch, answerWhenWritten: 'terminating' };
      }),
    async refresh(name, asked) {
      const patch = { metadata: { annotations: { [refreshAnnotation]: 'normal' } } };
      await kubernetes.mergePatch(pathOf(name), patch, asked);
    },
  };
  return applications;
}

/**
 * The `operation` field, as `argocd app sync --revision … --prune --info …` writes it. A sync that is asked for gets only
 * the options that stand in the operation: those of the Application's policy are carried over, and the autoscaler's
 * `minReplicas` are left alone in any case (DESIGN §5, Capacity).
 */
export function syncOperation(
  { operation, revision }: Omit<WantedSync, 'epoch'>,
  application: Pick<Application, 'spec'>,
) {
  const options = new Set(application.spec.syncPolicy?.syncOptions ?? []).add('RespectIgnoreDifferences=true');
  return {
    // Argo CD keeps it in `status.history`, where it proves whose sync this was once self-heal has begun one of its own.
    initiatedBy: { username: initiatorOf(operation) },
    info: [{ name: operationInfo, value: operation }],
    // A minute: a repository server that restarts, or an admission webhook, is back by then. Argo CD counts an attempt before it waits, so that
    // the first wait is twice the duration: 2, 4, 8, 16 and 30 s.
    retry: { limit: 5, backoff: { duration: '1s', factor: 2, maxDuration: '30s' } },
    sync: { revision, prune: true, syncOptions: [...options] },
  };
}

/** The operation in progress. Argo CD clears `operation` when it has ended, and keeps its last `operationState`. */
export function runningSync(application: Application): RunningSync | null {
  const state = application.status?.operationState;
  const active = state?.phase === 'Running' || state?.phase === 'Terminating';
  if (active) return { ...describe(state.operation), phase: state.phase };
  return application.operation ? { ...describe(application.operation), phase: 'Pending' } : null;
}

function describe(operation: Application['operation']): Omit<RunningSync, 'phase'> {
  const { initiatedBy, info, sync } = operation ?? {};
  return {
    operation: info?.find(({ name }) => name === operationInfo)?.value ?? null,
    revision: sync?.revision ?? null,
    startedBy: initiatedBy?.username ?? (initiatedBy?.automated ? 'argocd (automated)' : 'unknown'),
  };
}

function hasSucceeded(application: Application, wanted: WantedSync): boolean {
  if (application.spec.source?.targetRevision !== wanted.revision) return false;
  if (isInHistory(application, wanted)) return true;
  const state = application.status?.operationState;
  if (state?.phase !== 'Succeeded' || state.syncResult?.revision !== wanted.revision) return false;
  return describe(state.operation).operation === wanted.operation;
}

/** A full commit id; anything else names what may move. */
const commitId = /^[0-9a-f]{40}$/;

/**
 * The commit that an Application is at: the one to which Sluice pinned it; before the first time its pin, or what was synced last where
 * it follows something that moves. Null before any sync.
 */
export function commitOf({ metadata, spec, status }: Pick<Application, 'metadata' | 'spec' | 'status'>): string | null {
  const pin = metadata?.annotations?.[pinnedAnnotation] ?? spec.source?.targetRevision;
  if (pin !== undefined && commitId.test(pin)) return pin;
  const state = status?.operationState;
  const synced = state?.phase === 'Succeeded' ? state.syncResult?.revision : status?.history?.at(-1)?.revision;
  return synced !== undefined && commitId.test(synced) ? synced : null;
}

/** What an Application is pinned to where that is not what Sluice pinned last; null when it is, and before the first time. */
export function foreignPin({
  metadata,
  spec,
}: Pick<Application, 'metadata' | 'spec'>): { found: string; pinned: string } | null {
  const pinned = metadata?.annotations?.[pinnedAnnotation];
  if (pinned === undefined) return null;
  const found = spec.source?.targetRevision ?? 'HEAD';
  return pinned === found ? null : { found, pinned };
}
