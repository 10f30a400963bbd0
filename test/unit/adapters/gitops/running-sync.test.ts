import { describe, expect, it } from 'vitest';
import {
  type Application,
  commitOf,
  foreignPin,
  runningSync,
  syncOperation,
} from '../../../../adapters/gitops/argo-application.ts';

const spec: Application['spec'] = {
  project: 'production',
  destination: {},
  source: { repoURL: 'https://github.com/example/chest-xray-mlops-deploy' },
};
const application = (rest: Partial<Application>): Application => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'app' },
  spec,
  ...rest,
});
const state = (phase: string, operation: Application['operation']) =>
  // the status fields that are beside the point are left out
  ({ operationState: { phase, operation, startedAt: '2026-11-23T08:00:00Z' } }) as NonNullable<Application['status']>;
const ours = syncOperation({ operation: 'op-1', revision: 'abc' }, { spec });

describe('runningSync', () => {
  it('sees an operation that the controller has not picked up yet', () => {
    expect(runningSync(application({ operation: ours }))).toEqual({
      operation: 'op-1',
      revision: 'abc',
      startedBy: 'sluice:op-1',
      phase: 'Pending',
    });
  });

  it.each(['Running', 'Terminating'])('sees one that is %s', (phase) => {
    expect(runningSync(application({ status: state(phase, ours) }))?.phase).toBe(phase);
  });

  it.each(['Succeeded', 'Failed', 'Error'])('does not see one that has ended as %s', (phase) => {
    expect(runningSync(application({ status: state(phase, ours) }))).toBeNull();
  });

  it('names a stranger and calls nothing of his ours', () => {
    const operation = { initiatedBy: { username: 'ana' }, sync: { revision: 'abc' } };

    expect(runningSync(application({ status: state('Running', operation) }))).toMatchObject({
      operation: null,
      startedBy: 'ana',
    });
  });
});

describe('syncOperation', () => {
  it("carries the policy's options over and never touches the autoscaler's minimum", () => {
    const policy = { syncPolicy: { syncOptions: ['ServerSideApply=true', 'RespectIgnoreDifferences=true'] } };

    const operation = syncOperation({ operation: 'op-1', revision: 'abc' }, { spec: { ...spec, ...policy } });

    expect(operation.sync).toEqual({
      revision: 'abc',
      prune: true,
      syncOptions: ['ServerSideApply=true', 'RespectIgnoreDifferences=true'],
    });
    expect(ours.sync.syncOptions).toEqual(['RespectIgnoreDifferences=true']);
  });
});

describe('the commit that an Application is at', () => {
  const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
  const pinned = { metadata: { annotations: { 'sluice.dev/pinned': a } } };
  const at = (targetRevision: string) => ({
    spec: { ...spec, source: { repoURL: 'https://github.com/example/chest-xray-mlops-deploy', targetRevision } },
  });
  // the status fields that are beside the point are left out
  const synced = { operationState: { phase: 'Succeeded', syncResult: { revision: b } } } as NonNullable<
    Application['status']
  >;

  it.each<[string, Partial<Application>, string | null]>([
    ['the one to which Sluice pinned it, whatever somebody else has pinned since', { ...pinned, ...at(b) }, a],
    ['its pin', at(a), a],
    ['what was synced last, where it follows a branch', { ...at('env/green'), status: synced }, b],
    ['not known before any sync', at('env/green'), null],
  ])('is %s', (_, rest, commit) => {
    expect(commitOf(application(rest))).toBe(commit);
  });

  it('is somebody else’s only where Sluice had pinned another', () => {
    expect([pinned, {}].map((rest) => foreignPin(application({ ...rest, ...at('env/green') })))).toEqual([
      { found: 'env/green', pinned: a },
      null,
    ]);
    expect(foreignPin(application({ ...pinned, ...at(a) }))).toBeNull();
  });
});
