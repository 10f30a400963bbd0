import { expect, it } from 'vitest';
import { describeChanges, operationLines } from '../../../cli/output/operation-lines.ts';
import { instant } from '../../../contracts/instant.ts';
import { operationOf } from './support.ts';

it('an operation shows pull requests with their addresses, and which approval does not count', () => {
  const at = '2026-11-23T09:00:00.000Z';
  const operation = operationOf({
    approvals: {
      state: 'pending',
      requestedAt: at,
      expiresAt: at,
      rules: [],
      decisions: [
        {
          approver: 'ana@example.com',
          decision: 'approve',
          reason: null,
          at,
          via: 'signed-in',
          uncounted: 'ana@example.com wrote this release',
        },
      ],
      forged: [],
      missing: [],
      excluded: ['ana@example.com'],
      notCounting: [],
      unknownAuthors: [],
      subject: {
        hash: 'ab'.repeat(32),
        short: [],
        risks: [],
        changes: [{ name: '#47', value: 'Second reading (emil)', url: 'https://github.com/a/b/pull/47' }],
        model: [{ name: 'accuracy', value: '0.94, at least 0.92 (v2.0.5: 0.93)' }],
        plan: [],
        diffs: [],
      },
    },
  });

  const lines = operationLines(operation, instant(Date.parse(at))).map((line) => line.trim());

  expect(lines).toContain(
    'approved by ana@example.com (signed-in); it does not count: ana@example.com wrote this release',
  );
  expect(lines).toContain('#47             Second reading (emil) https://github.com/a/b/pull/47');
  expect(lines).toContain('model accuracy  0.94, at least 0.92 (v2.0.5: 0.93)');
});

it('an operation shows the ARN of its execution; one of an earlier API has none', () => {
  const execution = 'arn:aws:states:us-east-1:123456789012:execution:sluice-deployment:deploy-1';
  const linesOf = (operation: ReturnType<typeof operationOf>) => operationLines(operation, instant(0));

  expect(linesOf(operationOf({ execution }))).toContain(`  execution: ${execution}`);
  expect(linesOf(operationOf()).join('\n')).not.toContain('execution');
});

const began = '2026-11-23T09:00:00.000Z';
const moved = '2026-11-23T09:00:01.000Z';
const entry = (seq: number, phase: 'intent' | 'result', action: string, wanted?: object) => ({
  seq,
  at: phase === 'intent' ? began : moved,
  actor: 'sluice',
  action,
  phase,
  details: wanted === undefined ? {} : { wanted },
  doubt: null,
});

it('the timeline says to what each step has changed something', () => {
  const operation = operationOf({
    timeline: [
      entry(1, 'intent', 'raise-capacity', { environment: 'green', minReplicas: 3 }),
      entry(2, 'intent', 'set-weight', { blue: 95, green: 5 }),
      entry(3, 'result', 'set-weight'),
    ],
  });

  const lines = operationLines(operation, instant(Date.parse(moved))).map((line) => line.trim());

  expect(lines).toContain('2026-11-23 09:00:00Z  raise-capacity  intent  sluice  3 pods on green');
  expect(lines).toContain('2026-11-23 09:00:00Z  set-weight      intent  sluice  blue 95 %, green 5 %');
});

it('whoever watches is told when the traffic moved, and not when it was looked at', () => {
  const operation = operationOf({
    state: 'ended',
    outcome: 'succeeded',
    endedAt: '2026-11-23T09:00:02.000Z',
    weights: { blue: 100, green: 0 },
    timeline: [
      entry(1, 'intent', 'return-traffic', { blue: 100, green: 0 }),
      entry(2, 'result', 'return-traffic'),
      entry(3, 'result', 'diagnose'),
    ],
  });

  const changes = describeChanges(null, operation, instant(Date.parse('2026-11-23T10:00:00.000Z')));

  expect(changes).toContainEqual({ at: instant(Date.parse(moved)), text: 'traffic: blue 100 %, green 0 %' });
});

it('what another operation has returned was so when this one ended', () => {
  const endedAt = '2026-11-23T09:00:02.000Z';
  const operation = operationOf({ outcome: 'expired', endedAt, weights: { blue: 100, green: 0 } });

  const changes = describeChanges(null, operation, instant(Date.parse('2026-11-23T10:00:00.000Z')));

  expect(changes[0]).toEqual({ at: instant(Date.parse(endedAt)), text: 'traffic: blue 100 %, green 0 %' });
});

it('weights that the operation has not written have no time of their own', () => {
  const changes = describeChanges(
    null,
    operationOf({
      weights: { blue: 100, green: 0 },
      timeline: [entry(1, 'intent', 'set-weight', { blue: 95, green: 5 }), entry(2, 'result', 'set-weight')],
    }),
    instant(Date.parse(moved)),
  );

  expect(changes).toContainEqual({ at: null, text: 'traffic: blue 100 %, green 0 %' });
});
