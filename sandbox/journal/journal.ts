import { closeSync, copyFileSync, fdatasync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { damagedCopy, encodeLine, type JournalProblem, readLines } from './journal-lines.ts';

export { describeProblem, type JournalProblem } from './journal-lines.ts';

/** Append-only file of JSON records, one line each with a CRC-32; group commit. Survives kill -9; with sync also power loss. */
export interface Journal<R> {
  /**
   * Writes one record after all earlier ones. Resolves once it is written (and fdatasync'ed when `sync`); the record is
   * serialised at the call, so later changes to the object do not matter. Rejects when the disk refuses or after `close`.
   */
  append(record: R): Promise<void>;
  /**
   * Replaces the whole content, everything appended before this call included, by `records`, which are read before the
   * call returns. A crash leaves either the old content or the new. Appends made after the call follow the new content.
   */
  compact(records: Iterable<R>): Promise<void>;
  /** Writes what is pending and closes the file. */
  close(): Promise<void>;
}

export interface OpenedJournal<R> {
  journal: Journal<R>;
  /** The intact records in the order in which they were appended. */
  records: R[];
  /** What could not be read; empty after an orderly life. */
  problems: JournalProblem[];
}

/** Opens (or creates, with its folder) the journal at `file` and reads what it holds. */
export async function openJournal<R>(file: string, options: { sync: boolean }): Promise<OpenedJournal<R>> {
  await mkdir(dirname(file), { recursive: true });
  rmSync(temporary(file), { force: true });
  const { records, problems, end } = readLines(file, await readOrEmpty(file));
  if (problems.some(({ kind }) => kind === 'damaged')) copyFileSync(file, damagedCopy(file));
  const fd = openSync(file, 'a');
  ftruncateSync(fd, end);
  if (options.sync) await syncFolder(dirname(file));
  // the records were written by this program's own append<R>, which is as much as a CRC can promise about their type
  return { journal: new FileJournal<R>(file, fd, end, options.sync), records: records as R[], problems };
}

const temporary = (file: string): string => `${file}.compacting`;

const readOrEmpty = (file: string): Promise<Buffer> =>
  readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });

/** Records that go to disk in one write; they succeed or fail together. */
interface Batch {
  readonly lines: Buffer[];
  readonly written: Promise<void>;
}

class FileJournal<R> implements Journal<R> {
  readonly #file: string;
  readonly #sync: boolean;
  #fd: number;
  #size: number;
  #batch: Batch | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #broken: Error | undefined;

  constructor(file: string, fd: number, size: number, sync: boolean) {
    this.#file = file;
    this.#fd = fd;
    this.#size = size;
    this.#sync = sync;
  }

  async append(record: R): Promise<void> {
    this.#refuseWhenClosed();
    const line = encodeLine(record);
    this.#batch ??= this.#openBatch();
    this.#batch.lines.push(line);
    await this.#batch.written;
  }

  async compact(records: Iterable<R>): Promise<void> {
    this.#refuseWhenClosed();
    const content = Buffer.concat(Array.from(records, encodeLine));
    this.#batch = undefined; // later appends belong behind the replacement
    await this.#enqueue(() => this.#replace(content));
  }

  close(): Promise<void> {
    this.#closed ??= this.#enqueue(async () => closeSync(this.#fd));
    return this.#closed;
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new Error(`journal ${this.#file} is closed`);
  }

  #openBatch(): Batch {
    const lines: Buffer[] = [];
    const written = this.#enqueue(() => {
      if (this.#batch?.lines === lines) this.#batch = undefined;
      return this.#write(Buffer.concat(lines));
    });
    return { lines, written };
  }

  #enqueue(job: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(job);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** A write to the page cache takes microseconds, a trip through the thread pool ten times that: only fdatasync goes there. */
  async #write(batch: Buffer): Promise<void> {
    if (this.#broken) throw this.#broken;
    try {
      writeWhole(this.#fd, batch);
      if (this.#sync) await syncData(this.#fd);
      this.#size += batch.length;
    } catch (error) {
      this.#takeBack(error);
      throw error;
    }
  }

  /** Half a batch on disk would swallow the next line: cut it off, or refuse every further append. */
  #takeBack(cause: unknown): void {
    try {
      ftruncateSync(this.#fd, this.#size);
    } catch {
      this.#broken = new Error(`journal ${this.#file} could not be repaired after a failed write`, { cause });
    }
  }

  async #replace(content: Buffer): Promise<void> {
    const next = await open(temporary(this.#file), 'w');
    try {
      await next.writeFile(content);
      if (this.#sync) await next.datasync();
    } finally {
      await next.close();
    }
    renameSync(temporary(this.#file), this.#file);
    if (this.#sync) await syncFolder(dirname(this.#file));
    closeSync(this.#fd);
    this.#fd = openSync(this.#file, 'a');
    this.#size = content.length;
    this.#broken = undefined;
  }
}

function writeWhole(fd: number, data: Buffer): void {
  for (let offset = 0; offset < data.length; ) offset += writeSync(fd, data, offset);
}

const syncData = promisify(fdatasync);

/** Makes the names in a folder safe: a new file, a rename. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
