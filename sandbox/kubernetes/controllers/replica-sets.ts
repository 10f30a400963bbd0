import { createHash, randomBytes } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import { type Deployment, type Pod, type PodTemplate, type ReplicaSet, selects } from './objects.ts';

export const hashLabel = 'pod-template-hash';
export const revisionAnnotation = 'deployment.kubernetes.io/revision';

// Kubernetes' alphabet: no vowels, so that no word appears by accident.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const spell = (bytes: Uint8Array): string => [...bytes].map((byte) => alphabet[byte % alphabet.length]).join('');

/** Names a pod template: the same template always has the same name, whatever the order of its fields. */
export const templateHash = (template: PodTemplate): string =>
  spell(createHash('sha256').update(stringify(template)).digest().subarray(0, 10));

/** The ReplicaSet of a Deployment's present template. */
export function replicaSetOf(deployment: Deployment, revision: number): ReplicaSet {
  const { template, selector } = deployment.spec;
  const hash = templateHash(template);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  const { name, namespace, uid } = deployment.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: { [revisionAnnotation]: String(revision) },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: uid ?? '', controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** One more pod of a ReplicaSet. */
export function podOf(replicaSet: ReplicaSet): Pod {
  const { name, namespace, uid } = replicaSet.metadata;
  const { metadata, spec } = replicaSet.spec.template;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      name: `${name}-${spell(randomBytes(5))}`,
      ...(namespace === undefined ? {} : { namespace }),
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: uid ?? '', controller: true, blockOwnerDeletion: true },
      ],
    },
    spec,
  };
}

/** Whether the ReplicaSet's pods are the Deployment's to count: its labels fit the Deployment's selector. */
export const belongsTo = (replicaSet: ReplicaSet, deployment: Deployment): boolean =>
  selects(deployment.spec.selector.matchLabels, replicaSet.metadata.labels);
