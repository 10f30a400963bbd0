import { crc32 } from 'node:zlib';

/** A line that could not be read back. `line` counts from 1, `offset` in bytes from the start of the file. */
export interface JournalProblem {
  file: string;
  line: number;
  offset: number;
  /** `torn`: the last line, cut short by a crash, dropped. `damaged`: a line in the middle, skipped. */
  kind: 'torn' | 'damaged';
}

/** The copy that is made of a journal with damaged records, since compacting it would lose them. */
export const damagedCopy = (file: string): string => `${file}.damaged`;

/** A problem in words for a person. */
export const describeProblem = ({ file, line, kind }: JournalProblem): string =>
  kind === 'torn'
    ? `${file}, line ${line}: the last record was cut short by a crash; it had not been acknowledged and is dropped.`
    : `${file}, line ${line}: a damaged record was left out and the rest kept; the file as it was is ${damagedCopy(file)}.`;

const newline = 0x0a;
const checksumLength = 8;

const checksum = (data: Buffer): string => crc32(data).toString(16).padStart(checksumLength, '0');

/** One record as a line: CRC-32 in hexadecimal, a space, JSON, a line feed. Throws for what JSON cannot say. */
export function encodeLine(record: unknown): Buffer {
  const json = JSON.stringify(record);
  if (json === undefined) throw new TypeError('a journal record must be a JSON value, got undefined or a function');
  const body = Buffer.from(json);
  return Buffer.concat([Buffer.from(`${checksum(body)} `), body, Buffer.of(newline)]);
}

/** Reads all lines of `content`; `end` is where the intact part ends and the next append belongs. */
export function readLines(
  file: string,
  content: Buffer,
): { records: unknown[]; problems: JournalProblem[]; end: number } {
  const records: unknown[] = [];
  const problems: JournalProblem[] = [];
  let offset = 0;
  for (let line = 1; offset < content.length; line++) {
    const found = content.indexOf(newline, offset);
    const end = found < 0 ? content.length : found;
    const record = found < 0 ? undefined : decodeLine(content.subarray(offset, end));
    if (record) records.push(record.value);
    else if (end >= content.length - 1) {
      problems.push({ file, line, offset, kind: 'torn' });
      return { records, problems, end: offset };
    } else problems.push({ file, line, offset, kind: 'damaged' });
    offset = end + 1;
  }
  return { records, problems, end: content.length };
}

function decodeLine(line: Buffer): { value: unknown } | undefined {
  const body = line.subarray(checksumLength + 1);
  if (line.toString('latin1', 0, checksumLength + 1) !== `${checksum(body)} `) return undefined;
  try {
    return { value: JSON.parse(body.toString('utf8')) };
  } catch {
    return undefined;
  }
}
