import { formatValues, valuesFile, valuesFor } from '../../adapters/gitops/environment-branch.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Contributors } from '../../contracts/contributor.ts';
import { isRetryable } from '../../contracts/errors.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { PullRequest, ReleaseChanges, SubjectDiff } from '../../contracts/records/subject.ts';
import type { Release } from '../../contracts/release.ts';
import { diffFiles, type Files } from '../../core/approvals/file-diff.ts';
import { diffManifests, isSameRendering } from '../../core/approvals/manifest-diff.ts';
import type { ReleaseDeps } from '../ports.ts';
import { commitOfLive } from './adopt-live.ts';

interface ReleaseToCompare {
  readonly live: OperationRecord['live'];
  readonly release: Release;
  /** Merged pull requests since the live release, as they were read for who took part. */
  readonly pulls: readonly PullRequest[];
  /** The commit on the target's branch on which it would be written; null where nobody could look. */
  readonly onto: string | null;
  /** The files of values that the target's Application takes; null where nobody knows: those that `charts/service` documents. */
  readonly valueFiles: readonly string[] | null;
}

/** Finds out what changes with a release, and keeps that and who took part for the subject that people decide on. */
export async function gatherChanges(
  deps: Pick<ReleaseDeps, 'source' | 'store' | 'chartFiles' | 'manifests'>,
  service: ServiceConfiguration,
  {
    operation,
    contributors,
    ...wanted
  }: Omit<ReleaseToCompare, 'live' | 'valueFiles'> & {
    readonly operation: OperationRecord;
    readonly contributors: Contributors;
  },
): Promise<void> {
  const since = await readChanges(deps, service, {
    ...wanted,
    live: operation.live,
    valueFiles: operation.standbySource?.source.valueFiles ?? null,
  });
  await deps.store.subjects.putGathered(operation.id, { since, contributors });
}

/**
 * What changes with a release, for those who decide on it: pull requests and commits since the live one, and the chart with its values, as it
 * runs beside how it is to run, and rendered where there is Helm. What cannot be found out is said to them instead; that GitHub does not answer is a fault, which is tried again.
 */
export async function readChanges(
  deps: Pick<ReleaseDeps, 'source' | 'store' | 'chartFiles' | 'manifests'>,
  service: ServiceConfiguration,
  { live, release, pulls, onto, valueFiles }: ReleaseToCompare,
): Promise<ReleaseChanges> {
  const [commits, chart] = await Promise.all([
    commitsSince(deps, service, live, release),
    chartChanges(deps, service, live, { release, onto, valueFiles }),
  ]);
  return {
    changes: commits.found,
    pulls,
    chart: chart.chart,
    manifests: chart.manifests,
    unknown: [...commits.unknown, ...chart.unknown],
  };
}

interface Part<Found> {
  readonly found: Found | null;
  readonly unknown: readonly string[];
}

async function commitsSince(
  deps: Pick<ReleaseDeps, 'source' | 'store'>,
  service: ServiceConfiguration,
  live: OperationRecord['live'],
  release: Release,
): Promise<Part<NonNullable<ReleaseChanges['changes']>>> {
  if (live === null) return { found: null, unknown: ['What is live, and so which commits are new.'] };
  const base = await commitOfLive(deps, service, live);
  const comparison = base === null ? null : await deps.source.compare(service.repository, base, release.commit);
  if (comparison === null) {
    const what = base ?? live.version;
    return { found: null, unknown: [`Which commits are new: ${service.repository} does not know ${what}.`] };
  }
  const { commits, aheadBy, behindBy, url } = comparison;
  const behind = behindBy === 0 ? {} : { behind: behindBy };
  return { found: { commits, total: aheadBy, ...behind, url }, unknown: [] };
}

interface ChartChanges {
  readonly chart: SubjectDiff | null;
  readonly manifests: SubjectDiff | null;
  readonly unknown: readonly string[];
}

async function chartChanges(
  deps: Pick<ReleaseDeps, 'store' | 'chartFiles' | 'manifests'>,
  service: ServiceConfiguration,
  live: OperationRecord['live'],
  { release, onto, valueFiles }: Pick<ReleaseToCompare, 'release' | 'onto' | 'valueFiles'>,
): Promise<ChartChanges> {
  const nothing = { chart: null, manifests: null };
  if (live === null) return { ...nothing, unknown: [] };
  const { gitops, environments } = service;
  const { repository, path } = gitops;
  const target = otherEnvironment(live.environment);
  try {
    // What others have written on a branch neither runs nor goes in, unless it is proposed.
    const { commit: written } = await deps.store.branches.read(service.name, live.environment);
    const [running, wanted] = await Promise.all([
      deps.chartFiles.read({ repository, path, ref: written ?? environments[live.environment].branch }),
      deps.chartFiles.read({ repository, path, ref: onto ?? environments[target].branch }),
    ]);
    if (running.kind === 'unknown') return { ...nothing, unknown: [running.reason] };
    if (wanted.kind === 'unknown') return { ...nothing, unknown: [wanted.reason] };
    // Both as they would be in the target, so that nothing is shown as a change that is only the other environment's.
    const before = new Map(running.files);
    const values = before.get(valuesFile);
    if (values !== undefined) before.set(valuesFile, valuesFor(values, target));
    const after = new Map(wanted.files).set(valuesFile, formatValues({ release, environment: target }));
    return {
      chart: diffFiles(before, after),
      ...(await manifestChanges(deps, service, target, { before, after, valueFiles })),
    };
  } catch (error) {
    if (isRetryable(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    return { ...nothing, unknown: [`What changes in the chart: ${why}`] };
  }
}

/** What the cluster would get of both charts. A chart that renders something else each time is compared by its files only. */
async function manifestChanges(
  { manifests }: Pick<ReleaseDeps, 'manifests'>,
  { name, environments }: ServiceConfiguration,
  target: EnvironmentName,
  charts: { readonly before: Files; readonly after: Files } & Pick<ReleaseToCompare, 'valueFiles'>,
): Promise<Omit<ChartChanges, 'chart'>> {
  const valueFiles = charts.valueFiles ?? ['values-production.yaml', `values-${target}.yaml`, valuesFile];
  const render = (files: Files) =>
    manifests.render({
      files,
      releaseName: name,
      namespace: environments[target].namespace,
      valueFiles: valueFiles.filter((file) => files.has(file)),
    });
  const unknown = (reason: string) => ({
    manifests: null,
    unknown: [`What changes in the rendered manifests: ${reason}.`],
  });
  const [before, after] = await Promise.all([render(charts.before), render(charts.after)]);
  if (before.kind === 'unknown') return unknown(before.reason);
  if (after.kind === 'unknown') return unknown(after.reason);
  const again = await Promise.all([render(charts.before), render(charts.after)]);
  const isSteady = [before, after].every((first, at) => {
    const second = again[at];
    return second?.kind === 'rendered' && isSameRendering(first.objects, second.objects);
  });
  if (!isSteady) return unknown('the chart renders something else each time (random values, or the time)');
  return { manifests: diffManifests(before.objects, after.objects), unknown: [] };
}
