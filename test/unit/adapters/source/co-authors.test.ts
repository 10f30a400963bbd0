import { describe, expect, it } from 'vitest';
import { readCoAuthors } from '../../../../adapters/source/co-authors.ts';

describe('co-authors', () => {
  it('are read from wherever a message names them, in any case and with any line end', () => {
    const message = [
      'feat: second reading (#47)',
      '',
      '* first commit',
      '  co-authored-by: Ana <ana@example.com>',
      '* second commit',
      '',
      'Co-Authored-By:Ben B. <ben@example.com>\r',
      'Co-authored-by: nobody',
      'Co-authored-by\t : Cleo <cleo@example.com>',
      'Co-authored-by: dana@example.com',
      'Co-authored-by-somebody: Fay <fay@example.com>',
      'Co-authored-by: Gus <gus@example.com>, Hal <hal@example.com>',
      'Co-authored-by:',
      '  Ida <ida@example.com>',
      'See co-authored-by: Eve <eve@example.com>',
    ].join('\n');

    expect(readCoAuthors(message)).toEqual([
      { name: 'Ana', mail: 'ana@example.com' },
      { name: 'Ben B.', mail: 'ben@example.com' },
      { name: 'Cleo', mail: 'cleo@example.com' },
      { name: 'dana@example.com', mail: 'dana@example.com' },
      { name: 'Gus', mail: 'gus@example.com' },
      { name: 'Hal', mail: 'hal@example.com' },
      { name: 'Ida', mail: 'ida@example.com' },
    ]);
  });

  it('of a hostile message are read in no more steps than it is long', () => {
    const message = `Co-authored-by:${' <'.repeat(500_000)}\nCo-authored-by: ${' '.repeat(1_000_000)}x`;

    expect(readCoAuthors(message)).toEqual([]);
  });
});
