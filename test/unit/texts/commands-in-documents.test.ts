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

/** Commands in backticks, which may go over a line's end, and in blocks; a bare name, such as `sluice abort`, only names a command. */
function commandsOf(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  const lines = blocks.flatMap((block) => block.split('\n')).map((line) => line.replace(/\s+#.*$/, '').trim());
  const prose = markdown.replaceAll(/^```\w*\n[\s\S]*?^```/gm, '');
  const quoted = [...prose.matchAll(/`((?:npx )?sluice [^`]+)`/g)].map(([, command = '']) =>
    command.replaceAll(/\s+/g, ' '),
  );
  return [...lines, ...quoted]
    .filter((line) => /^(?:npx )?sluice [a-z]/.test(line))
    .map((line) => line.replace(/^npx /, '').replace(/ \| .*$/, ''));
}

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
