import { describe, expect, it } from 'vitest';
import { commandBlocks } from '../../support/documents.ts';

const page = (...lines: string[]) => commandBlocks('page.md', lines.join('\n'));

describe('the blocks of commands in a document', () => {
  it('have their marking, and each command its place and what its comment promises', () => {
    const blocks = page('# Title', '', '```sh sandbox', 'npm start   # prints where', '', './sluice status', '```');

    expect(blocks).toMatchObject([
      {
        place: 'page.md:3',
        marking: 'sandbox',
        commands: [
          { place: 'page.md:4', text: 'npm start   # prints where', comment: 'prints where' },
          { place: 'page.md:6', text: './sluice status', comment: null },
        ],
      },
    ]);
  });

  it.each(['```sh', '```', '```bash', '~~~ sh', '   ```sh'])('%j has no marking', (fence) => {
    const closing = fence.trim().slice(0, 3);

    expect(page(fence, 'rm -r /', closing)).toMatchObject([{ marking: null }]);
  });

  it('are none of another language, whatever is in them', () => {
    expect(page('```yaml', 'a: 1', '```', '````md', '```sh', 'npm start', '```', '````')).toEqual([]);
  });

  it('join what a backslash continues, and leave a fragment of an address as it is', () => {
    const [block] = page('```sh aws', 'aws eks \\', '  list-clusters # all', 'open http://127.0.0.1/#here', '```');

    expect(block?.commands).toMatchObject([
      { text: 'aws eks \\\n  list-clusters # all', comment: 'all' },
      { text: 'open http://127.0.0.1/#here', comment: null },
    ]);
  });
});
