import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { builtConsole } from '../../support/console-files.ts';

it('the whole page takes a phone at most 80 KB, packed', async () => {
  const files = [...(await builtConsole()).values()];

  const packed = files.reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0);

  expect(packed).toBeGreaterThan(0);
  expect(packed).toBeLessThanOrEqual(80_000);
});

it('the same sources give the same page, so that nobody loads it again without a reason', async () => {
  const [first, second] = [await builtConsole(), await builtConsole()];

  expect([...first].map(([name, { etag }]) => [name, etag])).toEqual(
    [...second].map(([name, { etag }]) => [name, etag]),
  );
});

it('carries the notices of the libraries in it', async () => {
  const [, script] = [...(await builtConsole())].find(([name]) => name.endsWith('.js')) ?? [];
  const text = Buffer.from(script?.bytes ?? []).toString('utf8');

  for (const holder of ['2015-present Jason Miller', '2022 Leon Sorokin', '2022 Filip Skokan'])
    expect(text).toContain(`The MIT License (MIT)\n\nCopyright (c) ${holder}`);
});
