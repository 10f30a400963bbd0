import { describe, expect, it } from 'vitest';
import type { Application } from '../../../../sandbox/kubernetes/controllers/application/application-types.ts';
import { automatedOperation } from '../../../../sandbox/kubernetes/controllers/application/automated-sync.ts';

interface Case {
  automated?: NonNullable<Application['spec']['syncPolicy']>['automated'];
  sync?: 'Synced' | 'OutOfSync';
  last?: { revision: string; phase: 'Succeeded' | 'Failed' };
  onlyPruning?: 'yes';
}

function application({ automated, sync = 'OutOfSync', last, onlyPruning }: Case): Application {
  const source = { repoURL: 'https://github.com/example/x.git', path: 'chart' };
  const part = { version: 'v1', kind: 'ConfigMap', name: 'x', status: sync } as const;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'x', namespace: 'argocd' },
    spec: { project: 'default', source, destination: {}, syncPolicy: automated === undefined ? {} : { automated } },
    status: {
      sync: { status: sync, revision: 'new' },
      resources: [onlyPruning === 'yes' ? { ...part, requiresPruning: true } : part],
      ...(last === undefined
        ? {}
        : {
            operationState: {
              operation: { sync: { revision: last.revision } },
              phase: last.phase,
              startedAt: '2026-11-23T09:00:00Z',
              finishedAt: '2026-11-23T09:00:01Z',
            },
          }),
    },
  };
}

describe('automated sync', () => {
  it.each<[string, Case, string]>([
    ['never without a policy (I3)', {}, 'none'],
    ['never without a difference', { automated: {}, sync: 'Synced' }, 'none'],
    ['never when it is switched off', { automated: { enabled: false } }, 'none'],
    ['for a new commit', { automated: {}, last: { revision: 'old', phase: 'Succeeded' } }, 'sync'],
    ['not again for the same commit', { automated: {}, last: { revision: 'new', phase: 'Succeeded' } }, 'none'],
    [
      'again for the same commit to heal',
      { automated: { selfHeal: true }, last: { revision: 'new', phase: 'Succeeded' } },
      'sync',
    ],
    [
      'not again after it failed',
      { automated: { selfHeal: true }, last: { revision: 'new', phase: 'Failed' } },
      'none',
    ],
    ['not for left-overs alone', { automated: {}, onlyPruning: 'yes' }, 'none'],
    ['for left-overs when it may prune', { automated: { prune: true }, onlyPruning: 'yes' }, 'sync'],
  ])('%s', (_, given, kind) => {
    expect(automatedOperation(application(given)).kind).toBe(kind);
  });
});
