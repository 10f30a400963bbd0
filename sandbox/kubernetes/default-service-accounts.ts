import type { StoreEvent } from './event-window.ts';
import type { ObjectOperations } from './object-operations.ts';
import type { ObjectStore } from './object-store.ts';
import type { ResourceRegistry } from './resource-registry.ts';

/** Gives each namespace the ServiceAccount `default`, as the controller manager does: no pod starts without one. */
export function keepDefaultServiceAccounts(
  registry: ResourceRegistry,
  operations: ObjectOperations,
  store: ObjectStore,
): void {
  const resource = registry.byKey('serviceaccounts');
  if (!resource) return;
  const provide = (namespace: string, isLeaving: boolean): void => {
    if (isLeaving || store.get('serviceaccounts', namespace, 'default')) return;
    // The namespace may be on its way out meanwhile.
    operations.create(resource, namespace, { metadata: { name: 'default' } }, { persist: true }).catch(() => undefined);
  };
  const ofNamespace = ({ metadata }: StoreEvent['object']) =>
    provide(metadata.name, metadata.deletionTimestamp !== undefined);
  for (const namespace of store.list('namespaces')) ofNamespace(namespace);
  store.subscribe('namespaces', ({ type, object }) => {
    if (type !== 'DELETED') ofNamespace(object);
  });
  store.subscribe('serviceaccounts', ({ type, object }) => {
    const { name, namespace = '' } = object.metadata;
    const home = type === 'DELETED' && name === 'default' ? store.get('namespaces', '', namespace) : undefined;
    if (home) ofNamespace(home);
  });
}
