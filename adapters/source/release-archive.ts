import { unzipSync } from 'fflate';
import * as z from 'zod';
import { type ReleaseFile, releaseArtifact, releaseFileSchema } from '../../contracts/release.ts';

export type ReadArchive = { kind: 'read'; release: ReleaseFile } | { kind: 'malformed'; reason: string };

/** Longest `release.json`, unpacked, in bytes. */
const longestFile = 256 * 1024;

/** Reads `release.json` out of the artifact's zip. A bomb is not unpacked: only that file is, up to its declared size. */
export function readReleaseArchive(zip: Uint8Array): ReadArchive {
  const { name, file } = releaseArtifact;
  let tooLong = false;
  let content: Uint8Array | undefined;
  try {
    const files = unzipSync(zip, {
      filter: (entry) => {
        if (entry.name !== file) return false;
        tooLong = entry.originalSize > longestFile;
        return !tooLong;
      },
    });
    content = files[file];
  } catch (error) {
    return malformed(`the artifact ${name} is not a readable zip: ${error instanceof Error ? error.message : error}`);
  }
  if (tooLong) return malformed(`${file} in the artifact ${name} is longer than ${longestFile} bytes`);
  if (content === undefined) return malformed(`there is no ${file} at the top of the artifact ${name}`);
  return readReleaseFile(new TextDecoder().decode(content));
}

/** Reads the text of `release.json`, naming every problem at once. */
export function readReleaseFile(text: string): ReadArchive {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return malformed(`${releaseArtifact.file} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = releaseFileSchema.safeParse(json);
  if (parsed.success) return { kind: 'read', release: parsed.data };
  return malformed(`${releaseArtifact.file} is not a release:\n${z.prettifyError(parsed.error)}`);
}

const malformed = (reason: string): ReadArchive => ({ kind: 'malformed', reason });
