import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readReleaseArchive } from '../../../../adapters/source/release-archive.ts';

const release = {
  version: 'v2.1.0',
  image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops',
  digest: `sha256:${'a'.repeat(64)}`,
  model: { name: 'densenet', metrics: { accuracy: 0.94 } },
};
const zip = (files: Record<string, string>) =>
  zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));

describe('readReleaseArchive', () => {
  it('reads release.json beside other files', () => {
    const archive = readReleaseArchive(zip({ 'notes.txt': 'hello', 'release.json': JSON.stringify(release) }));

    expect(archive).toEqual({ kind: 'read', release: { ...release, reversible: true } });
  });

  it('names every problem of a release at once', () => {
    const text = JSON.stringify({ ...release, version: 'newest', digest: 'latest', revesible: false });

    const archive = readReleaseArchive(zip({ 'release.json': text }));

    expect(archive.kind).toBe('malformed');
    for (const word of ['must be a version', '64 hexadecimal', 'revesible']) {
      expect(archive).toMatchObject({ reason: expect.stringContaining(word) });
    }
  });

  it.each([
    ['another file only', zip({ 'other.json': '{}' }), 'no release.json'],
    ['the file in a folder', zip({ 'out/release.json': JSON.stringify(release) }), 'no release.json'],
    ['no JSON', zip({ 'release.json': '{' }), 'not JSON'],
    ['a file that grows when unpacked', zip({ 'release.json': 'a'.repeat(1024 * 1024) }), 'longer than 262144 bytes'],
    ['no zip', strToU8('this is no zip'), 'not a readable zip'],
  ])('says what is wrong with %s', (_, archive, reason) => {
    expect(readReleaseArchive(archive)).toEqual({ kind: 'malformed', reason: expect.stringContaining(reason) });
  });
});
