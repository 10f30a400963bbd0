import { expect, it } from 'vitest';
import { allOn, otherEnvironment } from '../../contracts/names.ts';

it('puts all the traffic on the named environment and none on the other', () => {
  expect(allOn('green')).toEqual({ blue: 0, green: 100 });
  expect(allOn(otherEnvironment('green'))).toEqual({ blue: 100, green: 0 });
});
