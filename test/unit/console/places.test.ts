import { expect, it } from 'vitest';
import { addressOf, operationLink, placeOf, serviceLink } from '../../../console/places.ts';

it.each([
  ['', '/api/overview?'],
  [serviceLink('a&b'), '/api/overview?service=a%26b'],
  [operationLink('01m8'), '/api/overview?operation=01m8'],
  ['#services', '/api/summary'],
  ['#deliveries', '/api/deliveries?limit=50'],
  ['#audit', '/api/audit'],
  ['#metrics', '/api/metrics'],
  ['#link-over', '/api/overview?'],
])('the address %s is for what the API has at %s', (hash, address) => {
  expect(addressOf(placeOf(hash))).toBe(address);
});
