import { expect, it } from '@jest/globals';
import { atFirstCall } from '../../../../adapters/shared/at-first-call.ts';

it('loads an adapter once, when it is first asked, and hands on arguments, answers and errors', async () => {
  let loads = 0;
  const adapter = atFirstCall(async () => {
    loads += 1;
    return {
      async add(one: number, other: number) {
        return one + other;
      },
      async fail(): Promise<never> {
        throw new RangeError('no');
      },
    };
  });
  expect(loads).toBe(0);

  const answers = await Promise.all([adapter.add(1, 2), adapter.add(3, 4)]);

  expect(answers).toEqual([3, 7]);
  await expect(adapter.fail()).rejects.toThrow(RangeError);
  expect(loads).toBe(1);
});
