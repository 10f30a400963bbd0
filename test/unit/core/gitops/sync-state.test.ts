import { describe, expect, it } from 'vitest';
import { minutes } from '../../../../contracts/duration.ts';
import { later, parseInstant } from '../../../../contracts/instant.ts';
import { judgeSync, type SyncedApplication } from '../../../../core/gitops/sync-state.ts';

const revision = 'a'.repeat(40);
const started = '2026-11-23T08:00:00Z';
const finished = '2026-11-23T08:00:05Z';
const now = later(parseInstant(started), minutes(1));
const wanted = { operation: 'op-1', revision, comparisonGrace: minutes(2), now };
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
  it('that failed names the objects that Argo CD’s message leaves out', () => {
    const job = { kind: 'Job', namespace: 'a', name: 'migrate', hookPhase: 'Failed' };
    const map = { kind: 'ConfigMap', namespace: 'a', name: 'web', status: 'SyncFailed', message: 'it is immutable' };
    const fine = { kind: 'Service', namespace: 'a', name: 'web', status: 'Synced', message: 'unchanged' };
    const failed = (message: string, ...resources: object[]) =>
      judgeSync(app({}, { phase: 'Failed', message, syncResult: { revision, resources } }), wanted);

    expect([
      failed('one or more synchronization tasks completed unsuccessfully', fine, {
        ...job,
        message: 'Job has reached the specified backoff limit',
      }),
      failed('one or more objects failed to apply, reason: it is immutable', fine, map),
      failed('one or more objects failed to apply (dry run)', job, map),
    ]).toEqual(
      [
        'sync Failed: one or more synchronization tasks completed unsuccessfully: Job a/migrate: Job has reached the specified backoff limit',
        'sync Failed: one or more objects failed to apply, reason: it is immutable',
        'sync Failed: one or more objects failed to apply (dry run): Job a/migrate, ConfigMap a/web: it is immutable',
      ].map((reason) => ({ kind: 'failed', reason })),
    );
  });

  it('has failed as soon as a hook has, also where Argo CD is going to try it all again; what was refused may be taken the next time', () => {
    const between = (...resources: object[]) =>
      judgeSync(
        app(
          {},
          {
            phase: 'Running',
            message: 'one or more synchronization tasks completed unsuccessfully. Retrying attempt #1 at 8:00AM.',
            syncResult: { revision, resources },
          },
        ),
        wanted,
      );
    const hook = { kind: 'Job', namespace: 'a', name: 'migrate', hookType: 'PreSync', message: 'it took too long' };
    const refused = { kind: 'ConfigMap', namespace: 'a', name: 'web', status: 'SyncFailed', hookPhase: 'Failed' };

    expect([
      between({ ...hook, hookPhase: 'Failed' }),
      between({ ...hook, hookPhase: 'Error' }),
      between({ ...hook, hookPhase: 'Succeeded' }, refused),
      judgeSync(app({}, { phase: 'Running', finishedAt: undefined, syncResult: { resources: [hook] } }), wanted),
    ]).toMatchObject([
      { kind: 'failed', reason: 'sync Failed: PreSync hook Job a/migrate: it took too long' },
      { kind: 'failed', reason: 'sync Failed: PreSync hook Job a/migrate: it took too long' },
      { kind: 'syncing', what: expect.stringContaining('Retrying attempt #1') },
      { kind: 'syncing' },
    ]);
  });

  it('that a sync window holds back says so, and what lets it pass', () => {
    const held = app({}, { phase: 'Running', message: 'Sync operation blocked by sync window' });

    const what =
      'operation Running: Sync operation blocked by sync window, because it lacks manualSync: true in the AppProject';
    expect(judgeSync(held, wanted)).toEqual({ kind: 'syncing', what });
  });

  it('is compared by Argo CD itself when it has ended: nobody asks for that before 10 s, nor again before it is done', () => {
    const uncompared = app({ reconciledAt: '2026-11-23T08:00:04Z' });
    const at = (time: string) => ({ ...wanted, now: parseInstant(time) });
    const asked = { ...uncompared, metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } };
    const what = 'Argo CD has not compared since the sync';

    expect(judgeSync(uncompared, at('2026-11-23T08:00:14Z'))).toEqual({ kind: 'syncing', what });
    expect(judgeSync(uncompared, at('2026-11-23T08:00:15Z'))).toEqual({ kind: 'needs-refresh', what });
    expect(judgeSync(asked, at('2026-11-23T08:00:15Z'))).toEqual({ kind: 'syncing', what });
  });

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

  it.each(['InvalidSpecError', 'SyncError'])('fails at once on %s', (type) => {
    const conditions = [{ type, message: 'no such branch', lastTransitionTime: finished }];

    expect(judgeSync(app({ conditions }, { phase: 'Running' }), wanted)).toEqual({
      kind: 'failed',
      reason: `${type}: no such branch`,
    });
  });

  it('does not fail on a condition from before it that nobody has looked at since', () => {
    const conditions = [{ type: 'InvalidSpecError', lastTransitionTime: '2026-11-23T07:00:00Z' }];

    expect(
      judgeSync(app({ conditions, reconciledAt: '2026-11-23T07:59:00Z' }, { phase: 'Running' }), wanted).kind,
    ).toBe('syncing');
    expect(judgeSync(app({ conditions }), wanted).kind).toBe('failed');
  });

  it('does not fail on the SyncError of another, which Argo CD leaves there in the same second and while a window is closed', () => {
    const left = (lastTransitionTime: string, commit = revision) =>
      app({
        conditions: [
          {
            type: 'SyncError',
            message: `Failed last sync attempt to [${commit}]: Operation terminated`,
            lastTransitionTime,
          },
        ],
      });
    const seen = [left('2026-11-23T07:00:00Z'), left(started), left(finished, 'b'.repeat(40)), left(finished)];

    expect(seen.map((one) => judgeSync(one, wanted).kind)).toEqual(['synced', 'synced', 'synced', 'failed']);
  });

  describe('that Argo CD cannot compare', () => {
    const message = 'rpc error: code = Unavailable';
    const since = (lastTransitionTime: string, reconciledAt = finished): Status => ({
      conditions: [{ type: 'ComparisonError', message, lastTransitionTime }],
      reconciledAt,
      sync: { status: 'Unknown' },
    });
    const at = (time: string) => ({ ...wanted, now: parseInstant(time) });

    it('is waited for, and Argo CD asked again every few seconds, while its repository server restarts', () => {
      const what = `ComparisonError: ${message}`;
      const seen = since('2026-11-23T08:01:03Z', '2026-11-23T08:01:05Z');

      expect(judgeSync(app(seen), at('2026-11-23T08:01:06Z'))).toEqual({ kind: 'syncing', what });
      expect(judgeSync(app(seen), at('2026-11-23T08:01:15Z'))).toEqual({ kind: 'needs-refresh', what });
      expect(judgeSync(app(seen, { phase: 'Running' }), at('2026-11-23T08:01:06Z'))).toEqual({ kind: 'syncing', what });
    });

    it('fails when it lasts for longer than the grace', () => {
      const seen = since('2026-11-23T08:01:03Z');

      expect(judgeSync(app(seen), at('2026-11-23T08:03:02Z')).kind).toBe('needs-refresh');
      expect(judgeSync(app(seen), at('2026-11-23T08:03:03Z'))).toEqual({
        kind: 'failed',
        reason: `ComparisonError: ${message} (for 2 min)`,
      });
    });

    it('has the whole grace from its beginning on when Argo CD could not compare before it either', () => {
      const seen = since('2026-11-23T07:00:00Z');

      expect(judgeSync(app(seen), at('2026-11-23T08:01:59Z')).kind).toBe('needs-refresh');
      expect(judgeSync(app(seen), at('2026-11-23T08:02:00Z')).kind).toBe('failed');
    });

    it('is done as soon as it can', () => {
      expect(judgeSync(app({ conditions: [] }), at('2026-11-23T08:03:03Z'))).toEqual({ kind: 'synced' });
    });
  });

  it('names the objects that differ', () => {
    const resources = [
      { kind: 'HorizontalPodAutoscaler', namespace: 'production-blue', name: 'web', status: 'OutOfSync' },
      { kind: 'Deployment', namespace: 'production-blue', name: 'web', status: 'Synced' },
      { kind: 'ClusterRole', name: 'web', status: 'OutOfSync', requiresPruning: true },
    ];

    expect(judgeSync(app({ sync: { status: 'OutOfSync', revision }, resources }), wanted)).toEqual({
      kind: 'syncing',
      what: 'sync status OutOfSync: HorizontalPodAutoscaler production-blue/web, ClusterRole web (to be pruned)',
    });
  });

  it('names at most five objects', () => {
    const resources = [...'abcdefg'].map((name) => ({ kind: 'Secret', namespace: 'x', name, status: 'OutOfSync' }));

    expect(judgeSync(app({ sync: { status: 'OutOfSync', revision }, resources }), wanted)).toMatchObject({
      what: expect.stringMatching(/: Secret x\/a, .*, Secret x\/e and 2 more$/),
    });
  });

  it('names the objects that are not well, as far as Argo CD writes it down, and what they say', () => {
    const resources = [
      { kind: 'Deployment', namespace: 'x', name: 'web', health: { status: 'Degraded', message: 'exceeded quota' } },
      { kind: 'Service', namespace: 'x', name: 'web', health: { status: 'Healthy' } },
    ];

    expect(judgeSync(app({ health: { status: 'Degraded' }, resources }), wanted)).toEqual({
      kind: 'syncing',
      what: 'health Degraded: Deployment x/web is Degraded: exceeded quota',
    });
  });

  it('says what Argo CD says of an operation under way', () => {
    expect(judgeSync(app({}, { phase: 'Running', message: 'waiting for completion of hook' }), wanted)).toEqual({
      kind: 'syncing',
      what: 'operation Running: waiting for completion of hook',
    });
  });
});

/** As the real Argo CD did once in nine syncs of a pinned Application: right after ours it healed by itself, to the same commit. */
describe('a sync of ours whose state self-heal has replaced', () => {
  const healing = { initiatedBy: { automated: true }, sync: { revision } };
  const history = [
    { revision: 'b'.repeat(40), initiatedBy: { username: 'sluice:op-0' } },
    { revision, initiatedBy: { username: 'sluice:op-1' } },
  ];

  it('is proven by the history, and done when what came after it is', () => {
    const healed = [...history, { revision, initiatedBy: {} }];

    expect(judgeSync(app({ history: healed }, { operation: healing }), wanted)).toEqual({ kind: 'synced' });
  });

  it.each<[string, SyncedApplication]>([
    ['is under way', app({ history }, { operation: healing, phase: 'Running' })],
    ['is requested', { ...app({ history }), operation: healing }],
  ])('goes on while the healing %s', (_, application) => {
    expect(judgeSync(application, wanted)).toMatchObject({ kind: 'syncing' });
  });

  it.each<[string, SyncedApplication]>([
    ['the history has no sync of ours', app({ history: history.slice(0, 1) }, { operation: healing })],
    [
      'ours was of another commit',
      app({ history: [{ ...history[1], revision: 'c'.repeat(40) }] }, { operation: healing }),
    ],
    [
      'the newest that was asked for is another operation’s',
      app({ history: history.toReversed() }, { operation: healing }),
    ],
    ['a person has synced since', app({ history }, { operation: theirs })],
  ])('is not proven when %s', (_, application) => {
    expect(judgeSync(application, wanted)).toEqual({ kind: 'not-started' });
  });
});
