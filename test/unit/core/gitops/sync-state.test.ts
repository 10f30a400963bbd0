import { describe, expect, it } from '@jest/globals';
import { minutes } from '../../../../contracts/duration.ts';
import { later, parseInstant } from '../../../../contracts/instant.ts';
import { judgeSync, type SyncedApplication } from '../../../../core/gitops/sync-state.ts';

const revision = 'a'.repeat(40);
const started = '2026-11-23T08:00:00Z';
const finished = '2026-11-23T08:00:05Z';
const wanted = { operation: 'op-1', revision, now: later(parseInstant(started), minutes(1)) };
const ours = { info: [{ name: 'sluice.dev/operation', value: 'op-1' }], sync: { revision } };
const theirs = { initiatedBy: { username: 'admin' }, sync: { revision } };

type Status = NonNullable<SyncedApplication['status']>;
type State = NonNullable<Status['operationState']>;
const app = (status: Status = {}, state: State = {}): SyncedApplication => ({
  status: {
    operationState: {
      operation: ours,
      phase: 'Succeeded',
      startedAt: started,
      finishedAt: finished,
      syncResult: { revision },
      ...state,
    },
    sync: { status: 'Synced', revision },
    health: { status: 'Healthy' },
    reconciledAt: finished,
    ...status,
  },
});

describe('a sync', () => {
  it('is done when it is ours, of our revision, compared since, and healthy', () => {
    expect(judgeSync(app(), wanted)).toEqual({ kind: 'synced' });
  });

  it.each<[string, SyncedApplication, object]>([
    ['has not begun on a fresh Application', {}, { kind: 'not-started' }],
    ['has not begun when the last one was of somebody else', app({}, { operation: theirs }), { kind: 'not-started' }],
    [
      'has not begun when the last one of ours was of another revision',
      app({}, { operation: { ...ours, sync: { revision: 'b' } } }),
      { kind: 'not-started' },
    ],
    [
      'is requested and not picked up',
      { ...app({}, { operation: theirs }), operation: ours },
      { kind: 'syncing', what: 'requested' },
    ],
    ['is under way', app({}, { phase: 'Running' }), { kind: 'syncing' }],
    [
      'is not done before its end is noted',
      { status: { ...app().status, operationState: { operation: ours, phase: 'Succeeded' } } },
      { kind: 'syncing' },
    ],
    [
      'waits for a foreign one under way',
      app({}, { phase: 'Running', operation: theirs }),
      { kind: 'foreign-operation', startedBy: 'admin', runningFor: minutes(1) },
    ],
    [
      'waits for a foreign one requested',
      { ...app(), operation: theirs },
      { kind: 'foreign-operation', startedBy: 'admin' },
    ],
    ['was not compared since', app({ reconciledAt: '2026-11-23T08:00:04Z' }), { kind: 'needs-refresh' }],
    ['was compared with another commit', app({ sync: { status: 'Synced', revision: 'b' } }), { kind: 'needs-refresh' }],
    [
      'is out of sync',
      app({ sync: { status: 'OutOfSync', revision } }),
      { kind: 'syncing', what: 'sync status OutOfSync' },
    ],
    ['with empty health is progressing', app({ health: {} }), { kind: 'syncing', what: 'health Progressing' }],
    [
      'is degraded, perhaps for a moment',
      app({ health: { status: 'Degraded' } }),
      { kind: 'syncing', what: 'health Degraded' },
    ],
    [
      'failed',
      app({}, { phase: 'Failed', message: 'hook failed' }),
      { kind: 'failed', reason: 'sync Failed: hook failed' },
    ],
    ['was of another revision than asked for', app({}, { syncResult: { revision: 'b' } }), { kind: 'failed' }],
  ])('%s', (_name, application, expected) => {
    expect(judgeSync(application, wanted)).toMatchObject(expected);
  });

  it.each(['ComparisonError', 'InvalidSpecError', 'SyncError'])('fails at once on %s', (type) => {
    const conditions = [{ type, message: 'no such branch', lastTransitionTime: finished }];

    expect(judgeSync(app({ conditions }, { phase: 'Running' }), wanted)).toEqual({
      kind: 'failed',
      reason: `${type}: no such branch`,
    });
  });

  it('does not fail on a condition from before it that nobody has looked at since', () => {
    const conditions = [{ type: 'ComparisonError', lastTransitionTime: '2026-11-23T07:00:00Z' }];

    expect(
      judgeSync(app({ conditions, reconciledAt: '2026-11-23T07:59:00Z' }, { phase: 'Running' }), wanted).kind,
    ).toBe('syncing');
    expect(judgeSync(app({ conditions }), wanted).kind).toBe('failed');
  });
});
