import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contextKeys } from '../../cdk/installation.ts';
import { createProgram } from '../../cli/program.ts';
import { processWorld } from '../../cli/world.ts';
import { readDocument } from '../support/documents.ts';

const root = join(import.meta.dirname, '..', '..');
const documents = ['README.md', ...globSync('docs/**/*.md', { cwd: root })];
const program = createProgram(processWorld());
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('what the documents say', () => {
  it('of flags of the installation is true, and all of it', () => {
    const named = [...textOf('docs/install.md').matchAll(/-c ([a-zA-Z]+)=|^\| (`[^|]+) \|/gm)].flatMap(
      ([, flag, cell = '']) => flag ?? [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );

    expect([...new Set(named)].sort()).toEqual([...contextKeys].sort());
  });

  it('of installing has every block of commands marked as one for AWS, or tried in a sandbox', async () => {
    const blocks = await readDocument(root, 'docs/install.md');

    expect(blocks.length).toBeGreaterThan(10);
    expect(blocks.filter(({ marking }) => marking !== 'aws' && marking !== 'sandbox')).toEqual([]);
  });

  it.each(documents)('%s: of commands and their flags exists', (file) => {
    const lines = [...textOf(file).matchAll(/(?:^|[`"|(]|npx )\s*sluice ([a-z][a-z-]+)([^`|#\n]*)/gm)];

    for (const [line, name, rest = ''] of lines) {
      const command = program.commands.find((one) => one.name() === name);
      expect([line, command?.name()]).toEqual([line, name]);
      const known = [command, ...(command?.commands ?? [])].flatMap(
        (one) => one?.options.map(({ long }) => long) ?? [],
      );
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) expect([line, ...known, '--help']).toContain(flag);
    }
  });

  it.each(documents)('%s: of files is where it says', (file) => {
    const named = [
      ...textOf(file).matchAll(/(?<![\w-])((?:docs|cdk|test|functions|argocd|charts|runbooks|\.github)\/[\w./-]*\w)/g),
    ];

    for (const [, path = ''] of named) {
      const found = [root, join(root, 'docs')].some(
        (folder) => existsSync(join(folder, path)) || globSync(`${path}-*`, { cwd: folder }).length > 0,
      );
      expect([path, found]).toEqual([path, true]);
    }
  });
});
