import { formatValues, valuesFile } from '../../adapters/gitops/environment-branch.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { isRetryable } from '../../contracts/errors.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ReleaseChanges } from '../../contracts/records/subject.ts';
import type { Release } from '../../contracts/release.ts';
import { diffFiles } from '../../core/approvals/file-diff.ts';
import type { ReleaseDeps } from '../ports.ts';
import { commitOfLive } from './adopt-live.ts';

/**
 * Finds out what changes with a release, for those who decide on it: the commits since the live one, and the chart with its values as it runs
 * beside how it is to run. What cannot be found out is said to them instead; that GitHub does not answer is a fault, which is tried again.
 */
export async function gatherChanges(
  deps: Pick<ReleaseDeps, 'source' | 'store' | 'chartFiles'>,
  service: ServiceConfiguration,
  operation: OperationRecord,
  release: Release,
): Promise<void> {
  const [commits, chart] = await Promise.all([
    commitsSince(deps, service, operation, release),
    chartChanges(deps, service, operation, release),
  ]);
  await deps.store.subjects.putChanges(operation.id, {
    changes: commits.found,
    chart: chart.found,
    manifests: null,
    unknown: [...commits.unknown, ...chart.unknown],
  });
}

interface Part<Found> {
  readonly found: Found | null;
  readonly unknown: readonly string[];
}

async function commitsSince(
  deps: Pick<ReleaseDeps, 'source' | 'store'>,
  service: ServiceConfiguration,
  { live }: OperationRecord,
  release: Release,
): Promise<Part<NonNullable<ReleaseChanges['changes']>>> {
  if (live === null) return { found: null, unknown: ['What is live, and so which commits are new.'] };
  const base = await commitOfLive(deps, service, live);
  const comparison = base === null ? null : await deps.source.compare(service.repository, base, release.commit);
  if (comparison === null) {
    const what = base ?? live.version;
    return { found: null, unknown: [`Which commits are new: ${service.repository} does not know ${what}.`] };
  }
  const { commits, aheadBy, url } = comparison;
  return { found: { commits, total: aheadBy, url }, unknown: [] };
}

async function chartChanges(
  deps: Pick<ReleaseDeps, 'chartFiles'>,
  { gitops, environments }: ServiceConfiguration,
  { live }: OperationRecord,
  release: Release,
): Promise<Part<NonNullable<ReleaseChanges['chart']>>> {
  if (live === null) return { found: null, unknown: [] };
  const { repository, path } = gitops;
  const target = otherEnvironment(live.environment);
  try {
    const [running, wanted] = await Promise.all([
      deps.chartFiles.read({ repository, path, ref: environments[live.environment].branch }),
      deps.chartFiles.read({ repository, path, ref: environments[target].branch }),
    ]);
    if (running.kind === 'unknown') return { found: null, unknown: [running.reason] };
    if (wanted.kind === 'unknown') return { found: null, unknown: [wanted.reason] };
    const after = new Map(wanted.files).set(valuesFile, formatValues({ release, environment: target }));
    return { found: diffFiles(running.files, after), unknown: [] };
  } catch (error) {
    if (isRetryable(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    return { found: null, unknown: [`What changes in the chart: ${why}`] };
  }
}
