import type { WorkflowRun } from '../../adapters/source/source-control.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Evidence } from '../../contracts/evidence.ts';
import type { Release } from '../../contracts/release.ts';
import type { ReleaseDeps } from '../ports.ts';
import { collectImage } from './collect-image.ts';

export type Collected =
  | { kind: 'collected'; release: Release; evidence: Evidence }
  | { kind: 'unusable'; reason: string };

/** Everything that GitHub and the registry know of what a CI run built, or why that is no release, in words. */
export async function collectEvidence(
  deps: Pick<ReleaseDeps, 'source' | 'registry' | 'attestations' | 'now'>,
  service: ServiceConfiguration,
  run: WorkflowRun,
): Promise<Collected> {
  const artifact = await deps.source.releaseArtifact(service.repository, run.id);
  if (artifact.kind === 'unusable') return artifact;
  const [commit, comparison, checks, staging, image] = await Promise.all([
    deps.source.commit(service.repository, run.commit),
    deps.source.compare(service.repository, service.trigger.branch, run.commit),
    deps.source.checkRuns(service.repository, run.commit),
    service.validation.staging === null
      ? null
      : deps.source.stagingDeployment(service.repository, run.commit, service.validation.staging),
    collectImage(deps, service, artifact.release),
  ]);
  if (commit === null) return { kind: 'unusable', reason: `Commit ${run.commit} is not in ${service.repository}.` };

  const { release: file } = artifact;
  const release: Release = {
    service: service.name,
    version: file.version,
    commit: run.commit,
    image: file.image,
    digest: file.digest,
    model: file.model ?? null,
    reversible: file.reversible,
    chart: file.chart ?? null,
    runId: run.id,
    runAttempt: run.attempt,
    // Whom GitHub does not know may still be somebody of `people`, by the mail address.
    author: commit.author ?? commit.mail,
    committedAt: commit.committedAt,
  };
  const evidence: Evidence = {
    gatheredAt: deps.now(),
    runUrl: run.url,
    runConclusion: run.conclusion,
    commitOnBranch: comparison !== null && (comparison.status === 'behind' || comparison.status === 'identical'),
    checks: checks.map(({ name, conclusion }) => ({ name, conclusion })),
    staging,
    model: file.model ?? null,
    image,
  };
  return { kind: 'collected', release, evidence };
}
