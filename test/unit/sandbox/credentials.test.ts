import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadCredentials } from '../../../sandbox/credentials.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-credentials-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

it('keeps the keys of KMS with the data that they seal', async () => {
  const first = await loadCredentials(dataDir);

  expect(await loadCredentials(dataDir)).toEqual(first);
  expect(Buffer.from(first.seals.decisions, 'base64')).toHaveLength(32);
  expect(first.seals.audit).not.toBe(first.seals.decisions);
});

it('refuses the data of a sandbox that sealed nothing, and says how to begin anew', async () => {
  await loadCredentials(dataDir);
  const file = join(dataDir, 'credentials.json');
  const { seals: _, ...older } = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify(older));

  await expect(loadCredentials(dataDir)).rejects.toMatchObject({
    name: 'OlderData',
    message: expect.stringMatching(/earlier sandbox.*--fresh/),
  });
});
