import { expect, it } from 'vitest';
import { createApprovals } from '../../../../adapters/store/approvals.ts';
import { createDeliveries } from '../../../../adapters/store/deliveries.ts';
import { createKeptReadings } from '../../../../adapters/store/readings.ts';
import { forgetAfter, type Key, type Table } from '../../../../adapters/store/table.ts';
import { hours } from '../../../../contracts/duration.ts';
import { parseInstant } from '../../../../contracts/instant.ts';
import { localSeal } from '../../../support/table.ts';

const after30Days = forgetAfter(hours(30 * 24));
const seconds = (at: string) => Date.parse(at) / 1_000;

/** A table that only remembers what it was given. */
function rememberingTable(): { table: Table; items: (Key & Record<string, unknown>)[] } {
  const items: (Key & Record<string, unknown>)[] = [];
  const table: Table = {
    get: async () => null,
    put: async (key, item) => {
      items.push({ ...item, ...key });
      return 'written';
    },
    update: async (key, { ExpressionAttributeValues = {} }) => {
      items.push({ ...key, expiresAt: ExpressionAttributeValues[':expiresAt'] });
      return 'written';
    },
    delete: async () => undefined,
    query: async () => [],
  };
  return { table, items };
}

it('links and deliveries leave by themselves so long after they are of use, as DynamoDB counts: in seconds', async () => {
  const { table, items } = rememberingTable();

  await createApprovals(table, after30Days, localSeal('decision')).putLink(
    'hash',
    { operation: 'op1', approver: 'ana@example.com' },
    '2026-11-24T15:00:00Z',
  );
  await createDeliveries(table, after30Days, () => undefined).record({
    id: 'd1',
    source: 'github',
    service: null,
    at: '2026-11-23T15:00:00Z',
    accepted: 'ignored',
    reason: 'ping',
    started: null,
  });

  expect(items.map(({ pk, expiresAt }) => [pk, expiresAt])).toEqual([
    ['LINK#hash', seconds('2026-12-24T15:00:00Z')],
    ['DELIVERIES', seconds('2026-12-23T15:00:00Z')],
  ]);
});

it.each([
  [forgetAfter(hours(400 * 24)), '2027-12-28T15:00:00Z'],
  [null, null],
])('readings leave so long after their newest, or stay with their operation', async (after, leaves) => {
  const { table, items } = rememberingTable();
  const side = { weight: 0, ready: null, samples: null, values: {} };
  const points = ['2026-11-23T14:00:00Z', '2026-11-23T15:00:00Z'].map((at) => ({
    at: parseInstant(at),
    blue: side,
    green: side,
  }));

  await createKeptReadings(table, after).put('op1', { objectives: [], spacing: 0, points });

  expect(items).toEqual([
    { pk: 'OPERATION#op1', sk: 'READINGS', expiresAt: leaves === null ? undefined : seconds(leaves) },
  ]);
});
