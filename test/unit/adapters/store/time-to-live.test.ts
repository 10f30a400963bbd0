import { expect, it } from 'vitest';
import { createApprovals } from '../../../../adapters/store/approvals.ts';
import { createDeliveries } from '../../../../adapters/store/deliveries.ts';
import type { Key, Table } from '../../../../adapters/store/table.ts';
import { localSeal } from '../../../support/table.ts';

/** A table that only remembers what it was given. */
function rememberingTable(): { table: Table; items: (Key & Record<string, unknown>)[] } {
  const items: (Key & Record<string, unknown>)[] = [];
  const table: Table = {
    get: async () => null,
    put: async (key, item) => {
      items.push({ ...item, ...key });
      return 'written';
    },
    update: async () => 'written',
    delete: async () => undefined,
    query: async () => [],
  };
  return { table, items };
}

it('links and deliveries leave by themselves 30 days after they are of use, as DynamoDB counts: in seconds', async () => {
  const { table, items } = rememberingTable();

  await createApprovals(table, localSeal('decision')).putLink(
    'hash',
    { operation: 'op1', approver: 'ana@example.com' },
    '2026-11-24T15:00:00Z',
  );
  await createDeliveries(table, () => undefined).record({
    id: 'd1',
    source: 'github',
    service: null,
    at: '2026-11-23T15:00:00Z',
    accepted: 'ignored',
    reason: 'ping',
    started: null,
  });

  const seconds = (at: string) => Date.parse(at) / 1_000;
  expect(items.map(({ pk, expiresAt }) => [pk, expiresAt])).toEqual([
    ['LINK#hash', seconds('2026-12-24T15:00:00Z')],
    ['DELIVERIES', seconds('2026-12-23T15:00:00Z')],
  ]);
});
