import { expect, it } from 'vitest';
import { openTable } from '../../../../adapters/store/dynamo-table.ts';
import { freshTable } from '../../../support/table.ts';

it('a list has as many items as were asked for, though a page of DynamoDB ends at 1 MB', async () => {
  const table = openTable(await freshTable());
  const text = 'x'.repeat(390_000);
  for (const sk of ['1', '2', '3', '4', '5']) await table.put({ pk: 'BIG', sk }, { text });
  const found = async (Limit?: number) => {
    const items = await table.query({
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': 'BIG' },
      ScanIndexForward: false,
      ...(Limit === undefined ? {} : { Limit }),
    });
    return items.map(({ sk }) => sk);
  };

  expect(await found(4)).toEqual(['5', '4', '3', '2']);
  expect(await found(9)).toEqual(['5', '4', '3', '2', '1']);
  expect(await found()).toEqual(['5', '4', '3', '2', '1']);
});
