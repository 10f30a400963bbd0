import type { StoreEvent } from './event-window.ts';
import { fieldAt, type KubeObject, kubeTime } from './kube-object.ts';
import type { ObjectOperations } from './object-operations.ts';
import type { ObjectStore } from './object-store.ts';
import { type ResourceRegistry, resourceOfDefinition } from './resource-registry.ts';
import { resourceKey } from './resource-table.ts';

const definitionKey = 'customresourcedefinitions.apiextensions.k8s.io';

/**
 * Serves the kinds that CustomResourceDefinitions describe: at start, and as soon as one is written. A kind of the table
 * stays as the table has it. With the definition go its objects.
 */
export function serveCustomResources(
  store: ObjectStore,
  registry: ResourceRegistry,
  operations: ObjectOperations,
  clock: () => Date,
): void {
  const tableKinds = new Set(registry.all().map(resourceKey));
  const define = (definition: KubeObject): void => {
    if (!tableKinds.has(resourceKey(resourceOfDefinition(definition)))) registry.define(definition);
    if (fieldAt(definition, 'status', 'acceptedNames') !== undefined) return;
    const resource = registry.byKey(definitionKey);
    if (!resource) return;
    setImmediate(() => {
      const target = { resource, namespace: '', name: definition.metadata.name };
      operations.edit(target, (current) => established(current, clock())).catch(() => undefined); // deleted meanwhile
    });
  };
  const undefine = (definition: KubeObject): void => {
    const resource = resourceOfDefinition(definition);
    const key = resourceKey(resource);
    if (tableKinds.has(key)) return;
    for (const object of store.list(key)) store.remove(key, object).written.catch(() => undefined); // told by other requests
    registry.undefine(resource);
  };
  for (const definition of store.list(definitionKey)) define(definition);
  store.subscribe(definitionKey, ({ type, object }: StoreEvent) => {
    if (type === 'DELETED') undefine(object);
    else define(object);
  });
}

function established(definition: KubeObject, now: Date): KubeObject {
  const condition = (type: string, reason: string) => ({
    type,
    status: 'True',
    reason,
    message: '',
    lastTransitionTime: kubeTime(now),
  });
  return {
    ...definition,
    status: {
      acceptedNames: fieldAt(definition, 'spec', 'names'),
      conditions: [condition('NamesAccepted', 'NoConflicts'), condition('Established', 'InitialNamesAccepted')],
      storedVersions: resourceOfDefinition(definition).versions.slice(0, 1),
    },
  };
}
