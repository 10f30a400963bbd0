import { oneLine } from '../../contracts/one-line.ts';

/** What a commit of Sluice says about itself in its trailers. */
export interface SluiceTrailers {
  readonly operation: string;
  /** The lock's counter when the commit was made: the fence of Git. */
  readonly epoch: number;
  readonly version: string;
  readonly digest: string;
}

const names = {
  operation: 'Sluice-Operation',
  epoch: 'Sluice-Epoch',
  version: 'Sluice-Release',
  digest: 'Sluice-Digest',
} as const;

/** The commit message of a release: a subject, and trailers that `git interpret-trailers` understands. */
export function formatReleaseMessage(subject: string, trailers: SluiceTrailers): string {
  const lines = [
    `${names.operation}: ${trailers.operation}`,
    `${names.epoch}: ${trailers.epoch}`,
    `${names.version}: ${trailers.version}`,
    `${names.digest}: ${trailers.digest}`,
  ];
  return `${oneLine(subject)}\n\n${lines.map(oneLine).join('\n')}\n`;
}

/** Reads the trailers of a commit message; null when Sluice did not write it. Anybody may have written it: it is read in one pass. */
export function readTrailers(message: string): SluiceTrailers | null {
  const lines = message.trimEnd().split('\n');
  const found = new Map<string, string>();
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = (lines[index] ?? '').trim();
    if (line === '') break;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    const value = line.slice(colon + 1).trim();
    // Of two of a name the later one counts, as `git interpret-trailers` reads them.
    if (/^[A-Za-z-]+$/.test(name) && value !== '' && !found.has(name)) found.set(name, value);
  }
  const operation = found.get(names.operation);
  const epoch = Number(found.get(names.epoch));
  if (operation === undefined || !Number.isInteger(epoch) || epoch < 1) return null;
  return { operation, epoch, version: found.get(names.version) ?? '', digest: found.get(names.digest) ?? '' };
}
