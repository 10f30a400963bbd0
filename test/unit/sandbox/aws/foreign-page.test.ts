import { expect, it } from 'vitest';
import { isForeignPage } from '../../../../sandbox/aws/foreign-page.ts';

const host = '127.0.0.1:4000';

it.each([
  ['a client that is no browser', 'POST', {}, false],
  ['its own page', 'POST', { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }, false],
  ['its own page by an older browser', 'POST', { origin: `http://${host}` }, false],
  ['its own page without referrer', 'POST', { origin: 'null', 'sec-fetch-site': 'same-origin' }, false],
  ['a person who typed the address', 'GET', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, false],
  ['a link in a mail', 'GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, false],
  ['a page elsewhere', 'POST', { origin: 'https://evil.example' }, true],
  [
    'a page elsewhere that names itself ours',
    'POST',
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    true,
  ],
  ['another port of this machine', 'POST', { origin: 'http://127.0.0.1:5000', 'sec-fetch-site': 'same-site' }, true],
  ['a sandboxed frame', 'POST', { origin: 'null', 'sec-fetch-site': 'cross-site' }, true],
  ['a file that was opened', 'POST', { origin: 'null' }, true],
  ['an image of a page elsewhere', 'GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, true],
  ['a form elsewhere', 'POST', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, true],
  ['nonsense', 'POST', { origin: 'nonsense' }, true],
])('knows what sent it: %s (%s)', (_, method, headers, foreign) => {
  expect(isForeignPage(method, { host, ...headers })).toBe(foreign);
});
