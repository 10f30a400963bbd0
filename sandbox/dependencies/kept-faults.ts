import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type FaultBook, faultSchema } from './faults.ts';

/** Gives the book the faults that were left in a data directory, and keeps every change there: a sandbox that is killed carries on as it was. */
export async function keepFaults(book: FaultBook, dataDir: string): Promise<void> {
  const file = join(dataDir, 'dependencies.json');
  const text = await readFile(file, 'utf8').catch(() => '[]');
  for (const fault of z.array(faultSchema).parse(JSON.parse(text))) book.set(fault);
  let written = Promise.resolve();
  book.onChange(() => {
    const faults = book.states().flatMap(({ fault }) => fault ?? []);
    written = written.then(async () => {
      await writeFile(`${file}.new`, JSON.stringify(faults));
      await rename(`${file}.new`, file);
    });
    written = written.catch(() => undefined); // a directory that is gone: the sandbox is ending
  });
}
