import { expect, it } from 'vitest';
import { runSluice } from './support.ts';

it.each([
  [
    ['monitoring', 'rules'],
    ['2s', '5m', '1m'],
  ],
  [['drill'], ['5s']],
])('the help of sluice %j has its durations as they are typed, each once', async (words, expected) => {
  const { out } = await runSluice([...words, '--help']);

  const durations = out
    .replaceAll(/\s+/g, ' ')
    .split(/(?= --\w)/)
    .filter((option) => option.includes('<duration>'));
  expect(durations.map((option) => [...option.matchAll(/\(default: ([^)]*)\)/g)].map(([, value]) => value))).toEqual(
    expected.map((value) => [value]),
  );
});
