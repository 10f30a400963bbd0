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

/** Reads the trailers of a commit message; null when Sluice did not write it. */
export function readTrailers(message: string): SluiceTrailers | null {
  const lastParagraph =
    message
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? '';
  const found = new Map(
    lastParagraph.split('\n').flatMap((line) => {
      const [, name, value] = /^([A-Za-z-]+):\s*(.*\S)\s*$/.exec(line) ?? [];
      return name !== undefined && value !== undefined ? [[name, value] as const] : [];
    }),
  );
  const operation = found.get(names.operation);
  const epoch = Number(found.get(names.epoch));
  if (operation === undefined || !Number.isInteger(epoch) || epoch < 1) return null;
  return { operation, epoch, version: found.get(names.version) ?? '', digest: found.get(names.digest) ?? '' };
}

const oneLine = (text: string) => text.replace(/\s*[\r\n]+\s*/g, ' ');
