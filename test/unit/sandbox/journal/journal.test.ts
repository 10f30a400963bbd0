import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal } from '../../../../sandbox/journal/journal.ts';

let folder: string;
let file: string;
const options = { sync: false };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  file = join(folder, 'deep', 'records.journal');
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = async (records: unknown[]) => {
  const { journal } = await openJournal<unknown>(file, options);
  await Promise.all(records.map((record) => journal.append(record)));
  await journal.close();
};

describe('journal', () => {
  it('reads back in order what was appended, whatever the characters', async () => {
    const records = [{ a: 1 }, 'line\nfeed', null, { 'ü\u2028': ['€', false] }];

    await write(records);

    expect(await openJournal(file, options)).toMatchObject({ records, problems: [] });
  });

  it('an append is on disk when it resolves, before close', async () => {
    const { journal } = await openJournal<number>(file, { sync: true });

    await journal.append(42);

    expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{8} 42\n$/);
    await journal.close();
  });

  it('writes the record as it was at the call, not as it became later', async () => {
    const { journal } = await openJournal<{ n: number }>(file, options);
    const record = { n: 1 };

    const appended = journal.append(record);
    record.n = 2;
    await appended;
    await journal.close();

    expect((await openJournal(file, options)).records).toEqual([{ n: 1 }]);
  });

  it('drops a torn last line wherever it was cut, and goes on after it', async () => {
    await write([{ n: 1 }, { n: 2 }]);
    const whole = readFileSync(file);
    const second = whole.indexOf(10) + 1;

    for (let cut = second + 1; cut < whole.length; cut++) {
      writeFileSync(file, whole.subarray(0, cut));
      const { journal, records, problems } = await openJournal(file, options);
      await journal.append({ n: 3 });
      await journal.close();

      expect(records).toEqual([{ n: 1 }]);
      expect(problems).toEqual([{ file, line: 2, offset: second, kind: 'torn' }]);
      expect(await openJournal(file, options)).toMatchObject({ records: [{ n: 1 }, { n: 3 }], problems: [] });
    }
  });

  it('a tail of zeros, as a power cut leaves it, is torn', async () => {
    await write([1]);
    appendFileSync(file, Buffer.alloc(100));

    const { records, problems } = await openJournal(file, options);

    expect(records).toEqual([1]);
    expect(problems).toMatchObject([{ kind: 'torn', line: 2 }]);
  });

  it('reports any damaged byte in the middle and keeps the other records', async () => {
    await write([{ n: 1 }, { n: 2 }, { n: 3 }]);
    const whole = readFileSync(file);
    const start = whole.indexOf(10) + 1;
    const end = whole.indexOf(10, start);

    for (let at = start; at < end; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x01;
      writeFileSync(file, damaged);

      const { records, problems } = await openJournal(file, options);

      expect(records).toEqual([{ n: 1 }, { n: 3 }]);
      expect(problems[0]).toEqual({ file, line: 2, offset: start, kind: 'damaged' });
    }
  });

  it('compaction replaces everything before it, and appends made meanwhile follow', async () => {
    const { journal } = await openJournal<string>(file, options);
    await journal.append('old');
    const pending = journal.append('old too');

    const compacted = journal.compact(['kept']);
    const after = journal.append('new');
    await Promise.all([pending, compacted, after]);
    await journal.append('newest');
    await journal.close();

    expect((await openJournal(file, options)).records).toEqual(['kept', 'new', 'newest']);
  });

  it('a compaction that died half way leaves the old content', async () => {
    await write(['old']);
    writeFileSync(`${file}.compacting`, 'half a fi');

    const { journal, records } = await openJournal(file, options);
    await journal.compact(['new']);
    await journal.close();

    expect(records).toEqual(['old']);
    expect((await openJournal(file, options)).records).toEqual(['new']);
  });

  it('refuses appends after close', async () => {
    const { journal } = await openJournal(file, options);
    await journal.close();

    await expect(journal.append(1)).rejects.toThrow('closed');
  });

  it('an empty file and a file cut to nothing are empty journals', async () => {
    await write([1]);
    truncateSync(file, 0);

    expect(await openJournal(file, options)).toMatchObject({ records: [], problems: [] });
  });

  it('everything acknowledged survives kill -9', async () => {
    const program = `
      import { openJournal } from ${JSON.stringify(join(import.meta.dirname, '../../../../sandbox/journal/journal.ts'))};
      const { journal } = await openJournal(${JSON.stringify(file)}, { sync: false });
      for (let n = 0; ; n++) { await journal.append(n); process.stdout.write(n + '\\n'); if (n % 1000 === 999) await new Promise(setImmediate); }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = '';
    child.stdout.on('data', (chunk) => {
      acknowledged += String(chunk);
      if (acknowledged.length > 20_000) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const last = Number(acknowledged.split('\n').at(-2));

    const { records } = await openJournal<number>(file, options);

    expect(records.length).toBeGreaterThan(last);
    expect(records).toEqual(Array.from(records, (_, n) => n));
  });

  it('a write that the disk refuses is refused, taken back, and costs nothing that came before', async () => {
    const program = `
      import { openJournal } from ${JSON.stringify(join(import.meta.dirname, '../../../../sandbox/journal/journal.ts'))};
      const { journal } = await openJournal(${JSON.stringify(file)}, { sync: false });
      const written = [];
      for (let n = 0; n < 100; n++) await journal.append({ n, fill: 'x'.repeat(110) }).then(() => written.push(n), () => {});
      await journal.append('y').then(() => written.push('y'), () => {});
      process.stdout.write(JSON.stringify(written));`;
    // no file may grow beyond 4 KiB
    const child = spawn(
      'bash',
      ['-c', 'ulimit -f 4; exec "$0" --input-type=module -e "$1"', process.execPath, program],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    await once(child, 'close');

    const { records, problems } = await openJournal<{ n: number } | string>(file, options);

    expect(problems).toEqual([]);
    expect(records.map((record) => (typeof record === 'string' ? record : record.n))).toEqual(JSON.parse(output));
    expect(records.length).toBeGreaterThan(20);
    expect(records.length).toBeLessThan(40);
    expect(records.at(-1)).toBe('y'); // small enough for what was left
  });
});
