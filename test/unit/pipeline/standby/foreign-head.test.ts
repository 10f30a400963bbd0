import { expect, it } from '@jest/globals';
import type { Application } from '../../../../adapters/gitops/argo-application.ts';
import { foreignHead } from '../../../../pipeline/standby/branch-look.ts';

/** An Application that was synced to `ours` at :10. */
const application = (head: string, looked: string, phase = 'Succeeded'): Pick<Application, 'status'> =>
  // the fields of Argo CD's status that are read
  ({
    status: {
      sync: { status: 'Synced', revision: head },
      reconciledAt: `2026-11-23T15:00:${looked}Z`,
      operationState: { phase, finishedAt: '2026-11-23T15:00:10Z', syncResult: { revision: 'ours' } },
    },
  }) as Pick<Application, 'status'>;

it('a head that is not what was synced last is somebody else’s', () => {
  expect(foreignHead(application('theirs', '12'))).toEqual({ head: 'theirs', synced: 'ours' });
});

it.each([
  ['it is what was synced', application('ours', '12')],
  ['Argo CD has not looked since the sync', application('before-ours', '09')],
  ['it looked within the second of the sync, which may have been before it', application('before-ours', '10')],
  ['a sync is under way', application('theirs', '12', 'Running')],
  ['nothing was ever synced', { status: { sync: { status: 'Synced', revision: 'theirs' } } } as never],
])('it is not when %s', (_, seen) => {
  expect(foreignHead(seen)).toBeNull();
});
