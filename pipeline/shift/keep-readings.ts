import { measuredObjectives } from '../../contracts/configuration/objectives.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import type { EnvironmentName, Weights } from '../../contracts/names.ts';
import type { ReadSide } from '../../contracts/records/readings.ts';
import type { Observed } from '../../core/judgement/judge.ts';
import { withPoint } from '../../core/judgement/kept-readings.ts';
import type { Reading } from '../../core/judgement/reading.ts';
import { bestEffortNow } from '../operation/best-effort.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';

/** What was measured of each side, or is being measured; one that has no traffic, or was not asked about, is not there. */
export type MeasuredSides = Readonly<Partial<Record<EnvironmentName, Observed | Promise<Observed> | null>>>;

/** Keeps what one look has measured for people to see. Nothing depends on it (rule 6): what cannot be kept is logged. */
export async function keepReadings(
  deps: Pick<ObserveDeps, 'store' | 'cluster' | 'now' | 'log'>,
  { operation, service }: OperationContext,
  {
    weights,
    measured,
    within = seconds(2),
  }: { weights: Weights; measured: MeasuredSides /** Longest that it may take. */; within?: Milliseconds },
): Promise<void> {
  const keep = bestEffortNow({
    dependency: 'The record of readings',
    attempted: `keep the readings of ${operation.id}`,
    log: deps.log,
    within,
  });
  await keep(async () => {
    const side = async (environment: EnvironmentName): Promise<ReadSide> => ({
      weight: weights[environment],
      ready: await readyPods(deps, service, environment),
      ...valuesOf((await measured[environment]) ?? null),
    });
    const [known, blue, green] = await Promise.all([
      deps.store.readings.read(operation.id),
      side('blue'),
      side('green'),
    ]);
    const objectives = measuredObjectives(service.objectives).map(({ name, min, max, unit, dryRun }) => ({
      name,
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      ...(unit === undefined ? {} : { unit }),
      ...(dryRun ? { dryRun } : {}),
    }));
    const point = { at: deps.now(), blue, green };
    const kept = withPoint(known ?? { spacing: 0, points: [] }, point, objectives);
    await deps.store.readings.put(operation.id, { objectives, ...kept });
  });
}

function valuesOf(observed: Observed | null): Pick<ReadSide, 'samples' | 'values'> {
  const values: Record<string, number> = {};
  for (const [name, reading] of Object.entries(observed?.readings ?? {})) {
    const value = numberOf(reading);
    if (value !== null) values[name] = value;
  }
  return { samples: numberOf(observed?.samples ?? null), values };
}

const numberOf = (reading: Reading | null): number | null =>
  reading?.kind === 'value' && Number.isFinite(reading.value) ? reading.value : null;

/** Null when the cluster does not say. */
async function readyPods(
  { cluster }: Pick<ObserveDeps, 'cluster'>,
  service: ServiceConfiguration,
  environment: EnvironmentName,
): Promise<number | null> {
  const { namespace } = service.environments[environment];
  const deployment = await cluster(service)
    .workloads.readDeployment(namespace, service.name)
    .catch(() => null);
  return deployment === null ? null : (deployment.status?.readyReplicas ?? 0);
}
