import type { Discovery } from '../discovery.ts';
import type { KubeObject } from '../objects.ts';
import { resources } from '../resources.ts';
import type { Application, TargetObject } from './application-types.ts';
import { trackingAnnotation } from './compare.ts';
import { renderChart } from './render-chart.ts';
import type { SourceRepository } from './source-tree.ts';

/** What an Application's source says that there should be, at one commit. */
export interface TargetState {
  revision: string;
  objects: readonly TargetObject[];
}

/** Loads target states; the same commit and source are rendered once. */
export interface TargetStates {
  /** `revision` is a branch, a tag or a commit. @throws Error with what Argo CD would say in a ComparisonError. */
  load(application: Application, revision: string): Promise<TargetState>;
}

const kept = 16;

// Argo CD's order within a wave: what others need comes first.
const order = [
  'Namespace',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'Service',
  'Deployment',
  'HorizontalPodAutoscaler',
];
const place = (kind: string): number => (order.includes(kind) ? order.indexOf(kind) : order.length);

/** Reads from Git and renders with Helm. */
export function createTargetStates(source: SourceRepository, discovery: Discovery): TargetStates {
  const rendered = new Map<string, Promise<readonly TargetObject[]>>();

  const render = async (application: Application, commit: string): Promise<readonly TargetObject[]> => {
    const { source: from, destination } = application.spec;
    const tree = await source.tree(from.repoURL, commit, from.path ?? '.');
    const namespace = destination.namespace ?? 'default';
    const objects = await renderChart({ tree, application: application.metadata.name, namespace, helm: from.helm });
    const targets = objects.map(async (object) => {
      const type = await discovery.find(object.apiVersion, object.kind);
      return { type, object: tracked(application, type.namespaced ? inNamespace(object, namespace) : object) };
    });
    return (await Promise.all(targets)).sort((a, b) => place(a.type.kind) - place(b.type.kind));
  };

  return {
    async load(application, revision) {
      const { source: from, destination } = application.spec;
      const commit = await source.resolve(from.repoURL, revision);
      const { name, namespace } = application.metadata;
      const key = JSON.stringify([namespace, name, commit, from, destination]);
      const known = rendered.get(key) ?? render(application, commit);
      rendered.set(key, known);
      known.catch(() => rendered.delete(key));
      if (rendered.size > kept) rendered.delete(rendered.keys().next().value ?? '');
      return { revision: commit, objects: await known };
    },
  };
}

const inNamespace = (object: KubeObject, namespace: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace },
});

/** Argo CD's mark on what it manages: `application:group/Kind:namespace/name`. */
function tracked(application: Application, object: KubeObject): KubeObject {
  const group = object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '';
  const { namespace = '', name } = object.metadata;
  const id = `${application.metadata.name}:${group}/${object.kind}:${namespace}/${name}`;
  const annotations = { ...object.metadata.annotations, [trackingAnnotation]: id };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** The name of the Application that manages an object; undefined when none does. */
export const managerOf = (object: KubeObject): string | undefined =>
  object.metadata.annotations?.[trackingAnnotation]?.split(':')[0];

/** The namespace of an Application's objects, for `CreateNamespace=true`, with the labels that it is to have. */
export const namespaceObject = (name: string, labels: Readonly<Record<string, string>> = {}): TargetObject => ({
  type: resources.namespaces,
  object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...labels } } },
});
