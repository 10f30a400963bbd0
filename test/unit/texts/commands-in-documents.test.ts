import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandNames, faultOf } from '../../support/commands.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path)),
];

const fences = /^ *```[^\n]*\n([\s\S]*?)^ *```/gm;
/** In the README's folder it is `./sluice`, with `npm link` it is `sluice`; what stands before it is for the shell. */
const called = /^(?:[A-Z_]+=\S+ )*(?:\.\/)?(?=sluice [a-z])/;

/** Commands in backticks, which may go over a line's end, and in blocks; a bare name, such as `sluice abort`, only names a command. */
function commandsOf(markdown: string): string[] {
  const blocks = [...markdown.matchAll(fences)].map(([, block = '']) => block.replaceAll(/ \\\n\s*/g, ' '));
  const lines = blocks.flatMap((block) => block.split('\n')).map((line) => line.replace(/\s+#.*$/, '').trim());
  const quoted = [...markdown.replaceAll(fences, '').matchAll(/`([^`]+)`/g)].map(([, command = '']) =>
    command.replaceAll(/\s+/g, ' '),
  );
  return [...lines, ...quoted]
    .filter((line) => called.test(line))
    .map((line) => line.replace(called, '').replace(/ [|>] .*$/, ''));
}

it('every way to call it is found, in blocks of any marking and in prose', () => {
  const page = [
    'Type `./sluice status --utc` or `SLUICE_URL=https://x ./sluice doctor`.',
    '',
    '```sh aws',
    './sluice validate sluice.yaml   # every problem',
    'sluice init shop --name shop \\',
    '  --port 3000',
    '```',
    '1. In a list:',
    '   ```sh',
    '   ./sluice monitoring rules > rules.yaml',
    '   ```',
  ].join('\n');

  expect(commandsOf(page)).toEqual([
    'sluice validate sluice.yaml',
    'sluice init shop --name shop --port 3000',
    'sluice monitoring rules',
    'sluice status --utc',
    'sluice doctor',
  ]);
});

describe('every command in the documents runs as it is printed', () => {
  it.each(pages)('%s', async (page) => {
    const names = new Set(commandNames().map((name) => `sluice ${name}`));
    const faults: string[] = [];
    for (const command of commandsOf(readFileSync(join(root, page), 'utf8'))) {
      if (names.has(command)) continue;
      const fault = await faultOf(
        command.replaceAll('VERSION', 'v2.1.0').replaceAll('--version V ', '--version v2.1.0 '),
      );
      if (fault !== null) faults.push(`${command}: ${fault}`);
    }

    expect(faults).toEqual([]);
  });
});
