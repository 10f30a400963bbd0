import { appendFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';

/** The part of aws-ses-v2-local's store that is used: `GET /store` answers with this list. */
export interface MailStore {
  emails: unknown[];
}

/**
 * Gives the store the mails that were left in `dataDir/mails.jsonl`, and writes each new one there before the request that sent it is
 * answered: a mail that was accepted survives `kill -9`. Emptying the store empties the file.
 */
export async function keepMails(server: Server, store: MailStore, dataDir: string): Promise<void> {
  const file = join(dataDir, 'mails.jsonl');
  store.emails = (await readFile(file, 'utf8').catch(() => '')).split('\n').flatMap(parse);
  const lines = (mails: readonly unknown[]) => mails.map((mail) => `${JSON.stringify(mail)}\n`).join('');
  // Written anew, so that what a kill cut off does not spoil the next line. Mails have approval links in them.
  writeFileSync(file, lines(store.emails), { mode: 0o600 });
  let list = store.emails;
  let written = list.length;
  const keep = (): void => {
    if (store.emails !== list) {
      list = store.emails;
      written = 0;
      writeFileSync(file, '');
    }
    if (list.length > written) appendFileSync(file, lines(list.slice(written)));
    written = list.length;
  };
  server.prependListener('request', (_request, response) => {
    const end = response.end;
    response.end = (...given: unknown[]) => {
      keep();
      return Reflect.apply(end, response, given);
    };
  });
}

/** A line that a kill cut off is no mail. */
function parse(line: string): unknown[] {
  try {
    return line === '' ? [] : [JSON.parse(line)];
  } catch {
    return [];
  }
}
