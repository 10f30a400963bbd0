import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HistoryEvent } from '../interpreter/execution.ts';

/** Histories of finished executions, a file each, so that the journal and a start stay small. */
export class HistoryArchive {
  readonly #folder: string;
  readonly #sync: boolean;

  constructor(folder: string, options: { sync: boolean }) {
    this.#folder = folder;
    this.#sync = options.sync;
  }

  #file(arn: string): string {
    return join(this.#folder, `${createHash('sha256').update(arn).digest('hex').slice(0, 40)}.json`);
  }

  /** Writes a history; a crash leaves either none or all of it. */
  async put(arn: string, events: readonly HistoryEvent[]): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const file = this.#file(arn);
    const handle = await open(`${file}.writing`, 'w');
    try {
      await handle.writeFile(JSON.stringify(events));
      if (this.#sync) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.writing`, file);
  }

  async get(arn: string): Promise<HistoryEvent[]> {
    // written by `put` and by nobody else
    return JSON.parse(await readFile(this.#file(arn), 'utf8')) as HistoryEvent[];
  }

  async remove(arn: string): Promise<void> {
    await rm(this.#file(arn), { force: true });
  }
}
