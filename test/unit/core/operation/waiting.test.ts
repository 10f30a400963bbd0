import { describe, expect, it } from 'vitest';
import { hours, minutes } from '../../../../contracts/duration.ts';
import { parseInstant } from '../../../../contracts/instant.ts';
import type { OperationRecord } from '../../../../contracts/records/operation.ts';
import { shownState, type WaitingFacts, waitingOf } from '../../../../core/operation/waiting.ts';
import { faultOf } from '../../../support/commands.ts';

const now = parseInstant('2026-11-28T12:00:00Z');
const id = '01m8hvs4599vjgfj4tjt';
const other = '01m8hvs4599vjgfj4tjv';
const split = { weight: 30, until: '2026-11-28T12:30:00.000Z', actor: 'ana@example.com', reason: 'comparing' };

/** Of a record only what the words depend on. */
const operation = (fields: Partial<OperationRecord>): OperationRecord =>
  ({
    ...{ id, kind: 'deployment', service: 'shop', state: 'shifting-traffic', outcome: null, abort: null },
    ...{ release: { version: 'v2.1.0', commit: 'c0ffee', digest: 'sha256:ab' }, weights: null, desired: null },
    ...{ origin: null, target: null, pausedBecause: null, pausedAt: null, lockAwaitedSince: null },
    ...{ trigger: { kind: 'workflow-run' }, windowOverride: null },
    ...{ returnedBy: null, shiftedAt: '2026-11-28T11:10:00.000Z' },
    ...{ stateSince: '2026-11-28T11:00:00.000Z', ...fields },
  }) as OperationRecord; // the rest of a record has no part in this

const facts = (fields: Partial<WaitingFacts> = {}): WaitingFacts => ({
  service: {
    name: 'shop',
    validation: { waitFor: minutes(30) } as WaitingFacts['service']['validation'], // all that is read of it
    windows: [{ kind: 'allow', schedule: '0 9 * * 1-5', duration: hours(8), timeZone: 'UTC' }],
    // the four that are read
    deadlines: {
      ...{ lock: hours(12), window: hours(168), pause: hours(1), sync: minutes(10) },
    } as WaitingFacts['service']['deadlines'],
  },
  approval: null,
  lock: { holder: null, kind: null },
  reversible: true,
  pausedByAlert: false,
  now,
  ...fields,
});

const approval = (missing: { role: string; count: number; from: string[] }[], state = 'pending') => ({
  approval: { state, expiresAt: '2026-11-28T15:20:00.000Z', missing },
});

describe('what an operation waits for, in words', () => {
  it('evidence that is under way: which, until when, and how to end it', () => {
    const evidenceAwaited = ['security-scan: has not finished.'];
    const waiting = { evidenceAwaited, evidenceAwaitedSince: '2026-11-28T11:00:00.000Z', state: 'validating' as const };

    expect(waitingOf(operation(waiting), facts())).toEqual({
      kind: 'evidence',
      text: 'Waiting for evidence: security-scan: has not finished.',
      until: { text: 'Fails', at: '2026-11-28T11:30:00.000Z' },
      next: [{ what: 'End it', command: `sluice abort ${id} --reason "…"` }],
    });
    expect(waitingOf(operation({ ...waiting, evidenceAwaitedSince: null }), facts())).toBeNull();
  });

  it('a sync that is held up: by what, until when, and how to end it', () => {
    const syncAwaited = {
      what: 'operation Running: Sync operation blocked by sync window',
      at: '2026-11-28T11:00:10.000Z',
    };
    const waiting = { state: 'syncing' as const, syncAwaited };

    expect(waitingOf(operation(waiting), facts())).toEqual({
      kind: 'sync',
      text: 'Not synced and rolled out yet: operation Running: Sync operation blocked by sync window.',
      until: { text: 'Fails', at: '2026-11-28T11:10:00.000Z' },
      next: [{ what: 'End it', command: `sluice abort ${id} --reason "…"` }],
    });
    expect(waitingOf(operation({ ...waiting, syncAwaited: null }), facts())).toBeNull();
    expect(waitingOf(operation({ ...waiting, stateSince: '2026-11-28T11:30:00.000Z' }), facts())).toBeNull();
    expect(waitingOf(operation({ ...waiting, state: 'verifying-standby' }), facts())).toBeNull();
  });

  it('an approval: how many, of whom, until when, and how to give it', () => {
    const missing = [{ role: 'ml-lead', count: 1, from: ['cleo@example.com'] }];

    expect(waitingOf(operation({ state: 'awaiting-approval' }), facts(approval(missing)))).toEqual({
      kind: 'approval',
      text: 'Waiting for 1 approval (ml-lead): cleo@example.com.',
      until: { text: 'Expires', at: '2026-11-28T15:20:00.000Z' },
      next: [
        { what: 'Approve', command: `sluice approve ${id} --version v2.1.0` },
        { what: 'Reject', command: `sluice reject ${id} --version v2.1.0 --reason "…"` },
      ],
    });
  });

  it('approvals of several roles', () => {
    const missing = [
      { role: 'devops', count: 1, from: ['ana@example.com', 'ben@example.com'] },
      { role: 'ml-lead', count: 2, from: ['cleo@example.com', 'dana@example.com'] },
    ];

    expect(waitingOf(operation({ state: 'awaiting-approval' }), facts(approval(missing)))?.text).toBe(
      'Waiting for 1 approval (devops): ana@example.com or ben@example.com; ' +
        '2 approvals (ml-lead): cleo@example.com and dana@example.com.',
    );
  });

  it('nothing once the approvals are there', () => {
    expect(waitingOf(operation({ state: 'awaiting-approval' }), facts(approval([], 'approved')))).toBeNull();
  });

  it('a window: which, and when it opens', () => {
    // A Saturday.
    expect(waitingOf(operation({ state: 'awaiting-window' }), facts())).toMatchObject({
      kind: 'window',
      text: 'Waiting for its deployment window. Closed outside of the allow window "0 9 * * 1-5" for 8 h, UTC. It gives up 2026-12-05 11:00:00Z.',
      until: { text: 'Opens', at: expect.stringMatching(/^2026-11-30T09:00:00/) },
      next: [
        { what: 'Let it pass (admin)', command: `sluice override-window ${id} --reason "…"` },
        { what: 'End it', command: `sluice abort ${id} --reason "…"` },
      ],
    });
    const windowOverride = { actor: 'ana@example.com', reason: 'now', at: '2026-11-28T11:30:00.000Z' };
    expect(waitingOf(operation({ state: 'awaiting-window', windowOverride }), facts())).toMatchObject({
      text: 'ana@example.com has overridden its deployment window: it continues in a moment.',
      until: null,
    });
    const short = facts();
    const soon = {
      ...short,
      service: { ...short.service, deadlines: { ...short.service.deadlines, window: hours(2) } },
    };
    expect(waitingOf(operation({ state: 'awaiting-window' }), soon)?.until).toEqual({
      text: 'No window opens before it gives up,',
      at: '2026-11-28T13:00:00.000Z',
    });
  });

  it('its turn only while another operation holds the lock', () => {
    const waits = operation({ state: 'awaiting-lock', lockAwaitedSince: '2026-11-28T11:30:00.000Z' });

    expect(waitingOf(waits, facts({ lock: { holder: other, kind: 'rollback' } }))).toMatchObject({
      kind: 'turn',
      text: `Waiting for the lock: rollback ${other} holds it.`,
      until: { text: 'Expires', at: '2026-11-28T23:30:00.000Z' },
    });
    expect(waitingOf(waits, facts())).toBeNull();
    expect(waitingOf(waits, facts({ lock: { holder: id, kind: 'deployment' } }))).toBeNull();
    const ofItself = waitingOf(waits, facts({ lock: { holder: other, kind: null } }));
    expect(JSON.stringify(ofItself)).not.toContain(other);
  });

  it('a person, while it is paused: since when, why, until when, and how it goes on', () => {
    const paused = operation({
      ...{ pausedBecause: 'blue is alerting.', pausedAt: '2026-11-28T11:30:00.000Z', origin: 'blue', target: 'green' },
      weights: { blue: 75, green: 25 },
    });

    expect(waitingOf(paused, facts())).toMatchObject({
      kind: 'pause',
      text: 'Paused since 2026-11-28 11:30:00Z, because blue is alerting. Traffic: blue 75 %, green 25 %.',
      until: {
        text: 'If nobody decides, everything goes back to blue, or the service freezes if blue is not known to be good,',
        at: '2026-11-28T12:30:00.000Z',
      },
    });
    expect(waitingOf(paused, facts({ reversible: false }))?.until?.text).toBe(
      'If nobody decides, the service freezes with the traffic where it is,',
    );
  });

  it('a person, while it is paused before its first weight: nothing goes back, since nothing has left', () => {
    const paused = operation({
      ...{ pausedBecause: 'blue is alerting.', pausedAt: '2026-11-28T11:30:00.000Z', origin: 'blue', target: 'green' },
      weights: { blue: 100, green: 0 },
    });

    const told = waitingOf(paused, facts());

    expect(told?.until?.text).toBe(
      'If nobody decides, it ends, and everything stays on blue, or the service freezes if blue is not known to be good,',
    );
    expect(told?.next.map(({ what }) => what)).toContain('End it; everything stays on blue');
    expect(JSON.stringify(waitingOf({ ...paused, weights: null, shiftedAt: null }, facts()))).not.toContain('back to');
  });

  it('nothing of its own once it is being returned', () => {
    const returned = operation({ pausedBecause: 'blue is alerting.', returnedBy: other });

    expect(waitingOf(returned, facts())).toBeNull();
    expect(shownState(returned)).toBe('returning-traffic');
    expect(shownState({ ...returned, returnedBy: null })).toBe('shifting-traffic');
    expect(shownState({ ...returned, outcome: 'rolled-back', state: 'ended' })).toBe('ended');
  });

  it.each([
    [true, ' It continues by itself when the alert is resolved and both sides are healthy.'],
    [false, ''],
  ])('that a pause which an alert made (%s) ends with the alert', (pausedByAlert, words) => {
    const paused = operation({ pausedBecause: 'blue is alerting.', pausedAt: '2026-11-28T11:59:00.000Z' });

    expect(waitingOf(paused, facts({ pausedByAlert }))?.text).toBe(
      `Paused since 2026-11-28 11:59:00Z, because blue is alerting.${words}`,
    );
  });

  it('the end of a split by hand that comes before the end of its pause', () => {
    const paused = operation({
      ...{ kind: 'switch-traffic', state: 'keeping-split', pausedBecause: 'no data', origin: 'blue', target: 'green' },
      ...{ pausedAt: '2026-11-28T11:59:00.000Z', desired: split },
    });

    expect(waitingOf(paused, facts())?.until).toEqual({
      text: 'The split ends and everything goes back to blue',
      at: split.until,
    });
  });

  it('a split by hand: sent back to where it came from, however often it was changed since', () => {
    const kept = operation({
      ...{ kind: 'switch-traffic', state: 'keeping-split', origin: 'blue', target: 'green', desired: split },
      weights: { blue: 70, green: 30 },
    });

    expect(waitingOf(kept, facts())).toEqual({
      kind: 'split',
      text: 'Keeping blue 70 %, green 30 %, as ana@example.com wants: comparing.',
      until: { text: 'Everything goes back to blue', at: split.until },
      next: [
        {
          what: 'Send it back now',
          command: 'sluice switch-traffic --from-env green --to-env blue --percentage 100 --service shop',
        },
      ],
    });
    expect(waitingOf({ ...kept, weights: { blue: 50, green: 50 } }, facts())).toBeNull();
  });

  it('nothing while it works, is being aborted, or has ended', () => {
    const pause = { pausedBecause: 'no data', desired: split, state: 'keeping-split' } as const;

    expect(waitingOf(operation({}), facts())).toBeNull();
    expect(waitingOf(operation({ ...pause, outcome: 'aborted' }), facts())).toBeNull();
    expect(waitingOf(operation({ ...pause, abort: { actor: 'ana', reason: 'enough' } }), facts())).toBeNull();
  });

  it('every command runs as it is printed', async () => {
    const all = [
      waitingOf(operation({ state: 'awaiting-approval' }), facts()),
      waitingOf(operation({ state: 'awaiting-approval' }), facts(approval([]))),
      waitingOf(operation({ state: 'awaiting-window' }), facts()),
      waitingOf(operation({ state: 'awaiting-lock' }), facts({ lock: { holder: other, kind: 'deployment' } })),
      waitingOf(operation({ pausedBecause: 'x' }), facts()),
      waitingOf(
        operation({
          state: 'keeping-split',
          origin: 'blue',
          target: 'green',
          desired: split,
          weights: { blue: 70, green: 30 },
        }),
        facts(),
      ),
    ];
    const commands = all.flatMap((waiting) => waiting?.next ?? []).map(({ command }) => command);

    expect(commands).toHaveLength(11);
    expect((await Promise.all(commands.map(faultOf))).filter((fault) => fault !== null)).toEqual([]);
  });
});
