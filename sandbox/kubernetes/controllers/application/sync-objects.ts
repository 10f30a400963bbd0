import { isNotFound, type KubeClient } from '../kube-client.ts';
import type { KubeObject } from '../objects.ts';
import type { Application, Operation, ResourceResult, TargetObject } from './application-types.ts';
import { ignoredPointers, lastApplied, lastAppliedAnnotation, mergePatch, withValuesFrom } from './compare.ts';
import type { LiveState } from './live-state.ts';
import { namespaceObject, type TargetState } from './target-state.ts';

export interface SyncRequest {
  application: Application;
  sync: NonNullable<Operation['sync']>;
  target: TargetState;
  live: LiveState;
  client: KubeClient;
}

/**
 * Applies a target state. As in Argo CD only the options in the operation itself count (`CreateNamespace=true`,
 * `RespectIgnoreDifferences=true`), not those of the Application's policy. Never throws: what failed is in the results.
 */
export async function syncObjects({ application, sync, target, live, client }: SyncRequest): Promise<ResourceResult[]> {
  const has = (option: string): boolean => sync.syncOptions?.includes(option) === true;
  const { namespace } = application.spec.destination;
  const wanted = [...target.objects];
  if (has('CreateNamespace=true') && namespace !== undefined) {
    const { labels = {} } = application.spec.syncPolicy?.managedNamespaceMetadata ?? {};
    const managed = namespaceObject(namespace, labels);
    const isAsWanted = await client.get<KubeObject>(managed.type, { name: namespace }).then(
      ({ metadata }) => Object.entries(labels).every(([name, value]) => metadata.labels?.[name] === value),
      (error: unknown) => !isNotFound(error),
    );
    if (!isAsWanted) wanted.unshift(managed);
  }
  const results: ResourceResult[] = [];
  for (const one of wanted) {
    const pointers = has('RespectIgnoreDifferences=true') ? ignoredPointers(application, one.object) : [];
    results.push(await attempt(one, 'Synced', () => apply(client, live, one, pointers)));
  }
  if (results.every(({ status }) => status === 'Synced')) {
    for (const one of live.leftOver(application.metadata.name, target.objects)) {
      results.push(
        sync.prune === true
          ? await attempt(one, 'Pruned', () => prune(client, one))
          : { ...resultOf(one), status: 'PruneSkipped', message: 'ignored (requires pruning)' },
      );
    }
  }
  return results;
}

/** As which Argo CD writes what it syncs. */
const fieldManager = 'argocd-controller';

async function apply(
  client: KubeClient,
  live: LiveState,
  { type, object }: TargetObject,
  pointers: readonly string[],
): Promise<string> {
  const name = `${type.kind.toLowerCase()}${type.group === '' ? '' : `.${type.group}`}/${object.metadata.name}`;
  const there = await client.get<KubeObject>(type, { ...object.metadata }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    return undefined;
  });
  if (there === undefined) {
    live.remember({ type, object: await client.create(type, withLastApplied(object), fieldManager) });
    return `${name} created`;
  }
  // What is ignored keeps the value that it has.
  const wanted = withLastApplied(withValuesFrom(object, pointers, there));
  const patch = mergePatch(there, wanted, lastApplied(there));
  if (patch === undefined) return `${name} unchanged`;
  live.remember({ type, object: await client.patch<KubeObject>(type, { ...object.metadata }, patch, fieldManager) });
  return `${name} configured`;
}

async function prune(client: KubeClient, { type, object }: TargetObject): Promise<string> {
  await client.remove(type, { ...object.metadata }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  return 'pruned';
}

function withLastApplied(object: KubeObject): KubeObject {
  const { [lastAppliedAnnotation]: _, ...annotations } = object.metadata.annotations ?? {};
  const plain = { ...object, metadata: { ...object.metadata, annotations } };
  const noted = { ...annotations, [lastAppliedAnnotation]: `${JSON.stringify(plain)}\n` };
  return { ...object, metadata: { ...object.metadata, annotations: noted } };
}

async function attempt(
  one: TargetObject,
  status: ResourceResult['status'],
  write: () => Promise<string>,
): Promise<ResourceResult> {
  try {
    return { ...resultOf(one), status, message: await write(), hookPhase: 'Running' };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...resultOf(one), status: 'SyncFailed', message, hookPhase: 'Failed' };
  }
}

const resultOf = ({ type, object }: TargetObject) => ({
  group: type.group,
  version: type.version,
  kind: type.kind,
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name,
  syncPhase: 'Sync' as const,
});
