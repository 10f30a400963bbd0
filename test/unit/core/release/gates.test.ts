import { expect, it } from 'vitest';
import { shutGate } from '../../../../core/release/gates.ts';

const at = '2026-11-23T09:00:00.000Z';
const gates = {
  ...{ service: { name: 'shop', windows: [], outsideWindows: 'wait' as const }, version: 'v2.1.0' },
  ...{ frozen: null, hold: null, window: { kind: 'open' as const, closes: null } },
};

it.each(['green answers with errors', 'green answers with errors.'])(
  'a release on hold is told by its reason as one sentence (%j), and by what lifts the hold',
  (reason) => {
    const hold = { digest: 'sha256:ab', version: 'v2.1.0', reason, operation: 'op1', at };

    expect(shutGate({ ...gates, hold })).toEqual({
      ending: 'failed-validation',
      reason:
        'v2.1.0 has been on hold since 2026-11-23 09:00:00Z: green answers with errors [ReleaseOnHold]. ' +
        'Release the hold first: sluice release-hold --version v2.1.0 --service shop --reason "…"',
    });
  },
);

it('a frozen service is told by its reason, and by what ends the freeze', () => {
  const frozen = { reason: 'the database is being moved', operation: null, by: 'ben@example.com', at };

  expect(shutGate({ ...gates, frozen })).toEqual({
    ending: 'frozen',
    reason:
      'The service has been frozen since 2026-11-23 09:00:00Z: the database is being moved [ServiceFrozen]. ' +
      'End the freeze once its cause is gone: sluice unfreeze --service shop --reason "…"',
  });
});
