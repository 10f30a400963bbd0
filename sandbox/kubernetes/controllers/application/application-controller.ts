import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ControllerOptions } from '../deployment-controller.ts';
import type { Discovery } from '../discovery.ts';
import { keyOf, timestamp } from '../objects.ts';
import { resources } from '../resources.ts';
import { type Again, createWorkQueue } from '../work-queue.ts';
import type { Application, ApplicationStatus, AppProject, Operation, OperationState } from './application-types.ts';
import { automatedOperation } from './automated-sync.ts';
import { replacing } from './compare.ts';
import { compareApplication, conditionOf, failedComparison, specProblem } from './compare-application.ts';
import { createLiveState } from './live-state.ts';
import { isTriedAgain, isWaitingForRetry, retryDelay, retrying, waitingForRetry } from './retry.ts';
import { createGitHubSource, type GitHubAccess } from './source-tree.ts';
import { syncObjects } from './sync-objects.ts';
import { finished, syncFailure } from './sync-outcome.ts';
import { isHeldBack } from './sync-windows.ts';
import { createTargetStates } from './target-state.ts';

export interface ApplicationTimings {
  /** Milliseconds from the start of a sync to its first write. */
  syncDelayMs: number;
  /** Milliseconds between two looks at an Application's branch. */
  resyncMs: number;
  /** Milliseconds from a difference to the automated sync that heals it. */
  selfHealMs: number;
  /** What Argo CD's waits between attempts are multiplied by. */
  retryPace: number;
}

export interface ApplicationControllerOptions extends ControllerOptions {
  discovery: Discovery;
  github: GitHubAccess;
  timings: ApplicationTimings;
}

const refreshAnnotation = 'argocd.argoproj.io/refresh';

/**
 * Argo CD's application controller: compares each Application's branch with the cluster, and carries out the operation that
 * somebody sets in `.operation`. As in Argo CD `.operation` stays until it has ended, so a sync that was cut short by a
 * crash is taken up again.
 */
export function startApplicationController(options: ApplicationControllerOptions): { close(): void } {
  const { client, informers, events, discovery, github, timings, onError } = options;
  const applications = informers.of<Application>(resources.applications);
  const projects = informers.of<AppProject>(resources.appProjects);
  const live = createLiveState(informers, (name) => {
    for (const application of applications.list())
      if (application.metadata.name === name) queue.add(keyOf(application));
  });
  const targets = createTargetStates(createGitHubSource(github), discovery);
  /** When each Application is due for a look at its branch, ms since the epoch. */
  const due = new Map<string, number>();
  /** When an operation that failed is tried again, likewise. After a restart of this process that is at once. */
  const retryDue = new Map<string, number>();
  let closed = false;

  const patch = async (application: Application, change: object): Promise<Application> => {
    const { namespace, name } = application.metadata;
    const written = await client.patch<Application>(resources.applications, { namespace, name }, change);
    applications.remember(written);
    return written;
  };
  const write = (application: Application, status: ApplicationStatus, change: object = {}): Promise<Application> =>
    patch(application, { ...change, status: replacing(application.status ?? {}, status) });
  const revisionOf = ({ spec }: Application): string => spec.source.targetRevision ?? 'HEAD';
  const projectOf = ({ metadata, spec }: Application): AppProject | undefined =>
    projects.get(`${metadata.namespace}/${spec.project}`);
  const problemOf = (application: Application): string | undefined => specProblem(application, projectOf(application));

  /** Compares and writes what was found; `latest` looks at the branch again, `recent` at what is known of it. */
  const refresh = async (application: Application, level: 'latest' | 'recent'): Promise<Application> => {
    const annotated = application.metadata.annotations?.[refreshAnnotation] !== undefined;
    const before = application.status ?? {};
    const status = await compare(application, level);
    const said = { ...before, ...status, sourceType: 'Helm' };
    const { reconciledAt: looked = '1970-01-01T00:00:00Z', operationState } = before;
    // Who waits for an operation also waits for a look at the branch after it; else once a minute is enough to tell.
    const old = (operationState?.finishedAt ?? '') > looked || Date.now() - Date.parse(looked) > 60_000;
    if (isDeepStrictEqual(said, before) && !annotated && !(old && level === 'latest')) return application;
    const reconciledAt = level === 'latest' ? timestamp() : looked;
    const annotations = annotated ? { metadata: { annotations: { [refreshAnnotation]: null } } } : {};
    return write(application, { ...said, reconciledAt }, annotations);
  };

  const compare = async (application: Application, level: 'latest' | 'recent'): Promise<Partial<ApplicationStatus>> => {
    const invalid = problemOf(application);
    if (invalid !== undefined) return failedComparison(application, 'InvalidSpecError', invalid);
    try {
      const known = application.status?.sync?.revision;
      const revision = level === 'recent' && known !== undefined ? known : revisionOf(application);
      const target = await targets.load(application, revision);
      await live.know(target.objects);
      const comparison = compareApplication(application, target, live);
      const failure = syncFailure(application, target.revision);
      if (failure !== undefined) comparison.conditions.push(conditionOf(application, 'SyncError', failure));
      return comparison;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return failedComparison(application, 'ComparisonError', message);
    }
  };

  const latest = ({ metadata: { namespace, name } }: Application): Promise<Application> =>
    client.get<Application>(resources.applications, { namespace, name });

  const setState = (application: Application, state: OperationState, extra: ApplicationStatus = {}) =>
    write(
      application,
      { ...application.status, ...extra, operationState: state },
      // Cleared when it has ended, as Argo CD does.
      state.finishedAt === undefined || isWaitingForRetry(state) ? {} : { operation: null },
    );

  const operate = async (given: Application, operation: Operation): Promise<Application> => {
    const before = given.status?.operationState;
    if (isWaitingForRetry(before) && Date.now() < (retryDue.get(keyOf(given)) ?? 0)) return given;
    const running = isWaitingForRetry(before) ? retrying(before) : before;
    const resumed = running?.phase === 'Running' || running?.phase === 'Terminating';
    const state: OperationState = resumed ? running : { operation, phase: 'Running', startedAt: timestamp() };
    let application = running === before && resumed ? given : await setState(given, state);
    if (!resumed) {
      const message = `Initiated ${operation.initiatedBy?.automated ? 'automated ' : ''}sync to '${operation.sync?.revision}'`;
      events.record(application, { type: 'Normal', reason: 'OperationStarted', message });
    }
    await sleep(timings.syncDelayMs, undefined, { ref: false });
    if (closed) return application;

    application = await latest(application);
    const terminating = application.status?.operationState?.phase === 'Terminating';
    if (!terminating && isHeldBack(application, projectOf(application), state.operation, new Date())) {
      // It goes on when the window opens: the next look finds it still in progress.
      return setState(application, { ...state, message: 'Sync operation blocked by sync window' });
    }
    const outcome = await carryOut(application, state);
    application = await latest(application);
    if (isTriedAgain(outcome.state) && application.status?.operationState?.phase !== 'Terminating') {
      const waiting = waitingForRetry(outcome.state);
      retryDue.set(keyOf(application), Date.now() + retryDelay(waiting) * timings.retryPace);
      return setState(application, waiting);
    }
    const ended = await setState(application, outcome.state, outcome.extra);
    const { phase, message = '' } = outcome.state;
    const type = phase === 'Succeeded' ? 'Normal' : 'Warning';
    events.record(ended, { type, reason: 'OperationCompleted', message });
    return ended;
  };

  const carryOut = async (application: Application, state: OperationState) => {
    if (application.status?.operationState?.phase === 'Terminating') {
      return finished(application, state, 'Failed', 'Operation terminated');
    }
    const sync = state.operation.sync ?? {};
    const invalid = problemOf(application);
    if (invalid !== undefined) return finished(application, state, 'Error', invalid);
    try {
      const target = await targets.load(application, sync.revision ?? revisionOf(application));
      await live.know(target.objects);
      const results = await syncObjects({ application, sync, target, live, client });
      return finished(application, state, results, target.revision);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return finished(application, state, 'Error', `ComparisonError: ${message}`);
    }
  };

  const reconcile = async (key: string): Promise<Again> => {
    await Promise.all([applications.synced, projects.synced]);
    let application = applications.get(key);
    if (application === undefined) {
      due.delete(key);
      retryDue.delete(key);
      return;
    }
    let level: 'latest' | 'recent' = (due.get(key) ?? 0) <= Date.now() ? 'latest' : 'recent';
    if (application.operation !== undefined) {
      application = await operate(application, application.operation);
      level = 'latest';
    }
    if (closed) return;
    if (application.metadata.annotations?.[refreshAnnotation] !== undefined) level = 'latest';
    application = await refresh(application, level);
    if (level === 'latest') due.set(key, Date.now() + timings.resyncMs);

    const automated = automatedOperation(application);
    const startable = automated.kind === 'sync' && application.operation === undefined;
    // Outside of its windows Argo CD does not even begin one: nothing stays in progress that a manual sync would wait for.
    if (startable && !isHeldBack(application, projectOf(application), automated.operation, new Date())) {
      const waited = automated.heals ? timings.selfHealMs : 0;
      await sleep(waited, undefined, { ref: false });
      const { resourceVersion } = application.metadata;
      // Refused when somebody has asked for a sync meanwhile.
      if (!closed) await patch(application, { metadata: { resourceVersion }, operation: automated.operation });
    }
    const retryAt = isWaitingForRetry(application.status?.operationState) ? (retryDue.get(key) ?? 0) : Infinity;
    return { afterMs: Math.max(10, Math.min(due.get(key) ?? 0, retryAt) - Date.now()) };
  };

  const queue = createWorkQueue(reconcile, onError);
  const stops = [
    applications.onChange((change) => {
      const { object } = change;
      // Our own writes of status are no reason to look again.
      const asked = ({ spec, operation, metadata, status }: Application): unknown => [
        spec,
        operation,
        metadata.annotations?.[refreshAnnotation],
        status?.operationState?.phase === 'Terminating',
      ];
      const same = change.type === 'updated' && isDeepStrictEqual(asked(change.before), asked(object));
      if (same) return;
      if (change.type !== 'updated' || !isDeepStrictEqual(change.before.spec, object.spec)) due.delete(keyOf(object));
      queue.add(keyOf(object));
    }),
    projects.onChange(() => {
      for (const application of applications.list()) queue.add(keyOf(application));
    }),
  ];
  return {
    close() {
      closed = true;
      for (const stop of stops) stop();
      live.close();
      queue.close();
    },
  };
}
