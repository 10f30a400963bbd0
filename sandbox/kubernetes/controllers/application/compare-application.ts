import { type KubeObject, timestamp } from '../objects.ts';
import type {
  Application,
  ApplicationCondition,
  ApplicationConditionType,
  ApplicationStatus,
  AppProject,
  ResourceStatus,
  SyncStatusCode,
  TargetObject,
} from './application-types.ts';
import { ignoredPointers, lastApplied, mergePatch, withValuesFrom } from './compare.ts';
import { healthOf, worst } from './health.ts';
import type { LiveState } from './live-state.ts';
import type { TargetState } from './target-state.ts';

/** The part of an Application's status that a comparison finds. */
export type Comparison = Required<Pick<ApplicationStatus, 'sync' | 'health' | 'resources' | 'conditions'>> & {
  summary: { images?: string[] };
};

const comparedTo = ({ spec: { source, destination } }: Application) => ({ source, destination });

/** Compares what there should be with what there is. Only fields that the target names count, less the ignored ones. */
export function compareApplication(application: Application, target: TargetState, live: LiveState): Comparison {
  const parts = target.objects.map((one): ResourceStatus => {
    const there = live.of(one);
    const synced = there !== undefined && isSynced(application, one.object, there);
    const health = there === undefined ? ({ status: 'Missing' } as const) : healthOf(there);
    return { ...identity(one), status: synced ? 'Synced' : 'OutOfSync', ...(health === undefined ? {} : { health }) };
  });
  const left = live
    .leftOver(application.metadata.name, target.objects)
    .map((one): ResourceStatus => ({ ...identity(one), status: 'OutOfSync', requiresPruning: true }));
  const resources = [...parts, ...left];
  const status: SyncStatusCode = resources.some((one) => one.status === 'OutOfSync') ? 'OutOfSync' : 'Synced';
  const health = worst(parts.flatMap((one) => one.health?.status ?? []));
  const images = target.objects.flatMap((one) => imagesOf(live.of(one)));
  return {
    sync: { status, revision: target.revision, comparedTo: comparedTo(application) },
    health: withTransition(application, health),
    resources,
    conditions: [],
    summary: images.length > 0 ? { images: [...new Set(images)].sort() } : {},
  };
}

/** What a status says when there is nothing to compare with. */
export function failedComparison(
  application: Application,
  type: ApplicationConditionType,
  message: string,
): Partial<Comparison> {
  const before = application.status ?? {};
  const revision = before.sync?.revision;
  return {
    sync: { status: 'Unknown', ...(revision === undefined ? {} : { revision }), comparedTo: comparedTo(application) },
    ...(type === 'InvalidSpecError' ? { health: withTransition(application, 'Unknown') } : {}),
    conditions: [conditionOf(application, type, message)],
  };
}

/** The condition, with its old time when it was there already. */
export function conditionOf(
  { status }: Application,
  type: ApplicationConditionType,
  message: string,
): ApplicationCondition {
  const before = status?.conditions?.find((one) => one.type === type && one.message === message);
  return before ?? { type, message, lastTransitionTime: timestamp() };
}

/** What is wrong with an Application's spec; undefined when nothing is. */
export function specProblem({ spec }: Application, project: AppProject | undefined): string | undefined {
  if (!spec.source?.repoURL) return 'spec.source.repoURL is required';
  if (!spec.source.path) return 'spec.source.path is required';
  if (project === undefined) {
    return spec.project === 'default'
      ? undefined
      : `Application referencing project ${spec.project} which does not exist`;
  }
  const { sourceRepos = [], destinations = [] } = project.spec;
  if (!sourceRepos.includes('*') && !sourceRepos.includes(spec.source.repoURL)) {
    return `application repo ${spec.source.repoURL} is not permitted in project '${spec.project}'`;
  }
  const { namespace } = spec.destination;
  if (!destinations.some((one) => one.namespace === '*' || one.namespace === namespace)) {
    return `application destination namespace '${namespace}' is not permitted in project '${spec.project}'`;
  }
  return undefined;
}

function isSynced(application: Application, target: KubeObject, live: KubeObject): boolean {
  const pointers = ignoredPointers(application, target);
  const wanted = withValuesFrom(target, pointers, undefined);
  const there = withValuesFrom(live, pointers, undefined);
  // What was applied before and is not wanted any more is a difference too.
  return mergePatch(there, wanted, lastApplied(there)) === undefined;
}

const identity = ({ type, object }: TargetObject) => ({
  ...(type.group === '' ? {} : { group: type.group }),
  version: type.version,
  kind: type.kind,
  ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
  name: object.metadata.name,
});

function withTransition({ status }: Application, health: NonNullable<Comparison['health']>['status']) {
  const before = status?.health;
  const since = before?.status === health ? before.lastTransitionTime : undefined;
  return { status: health, lastTransitionTime: since ?? timestamp() };
}

function imagesOf(object: unknown): string[] {
  // Objects without a pod template have none of these fields.
  const { spec } = (object ?? {}) as { spec?: { template?: { spec?: { containers?: { image?: string }[] } } } };
  return (spec?.template?.spec?.containers ?? []).flatMap(({ image }) => image ?? []);
}
