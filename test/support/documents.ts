import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What the second word of a block of commands says: `sandbox`, for a sandbox in the checkout, and run by test/e2e/documents.long.test.ts;
 * `aws`, for an installation or a cluster that exists; `checkout`, for the sources themselves. GitHub shows the first word's colours only.
 */
export const markings = ['sandbox', 'aws', 'checkout'] as const;

/** A command as it is printed, with what its comment promises. */
export interface DocumentedCommand {
  /** `README.md:24`. */
  readonly place: string;
  readonly text: string;
  readonly comment: string | null;
}

/** A block of commands in a document. */
export interface CommandBlock {
  readonly place: string;
  /** The second word behind the fence, or null. */
  readonly marking: string | null;
  readonly commands: readonly DocumentedCommand[];
}

const shells = ['', 'sh', 'bash', 'shell', 'console'];

/** Every document of the repository, by its path from the root. */
export async function listDocuments(root: string): Promise<string[]> {
  const outside = (name: string) => name === 'node_modules' || name.startsWith('.sluice') || name === 'cdk.out';
  const names: string[] = [];
  for await (const name of glob('**/*.md', { cwd: root, exclude: outside })) names.push(name);
  return names.sort();
}

export const readDocument = async (root: string, name: string): Promise<CommandBlock[]> =>
  commandBlocks(name, await readFile(join(root, name), 'utf8'));

/** The blocks of commands in a text: those whose language is a shell's, or is not said. */
export function commandBlocks(name: string, markdown: string): CommandBlock[] {
  const blocks: { place: string; language: string; marking: string | null; commands: DocumentedCommand[] }[] = [];
  let fence: string | null = null;
  let unfinished = '';
  for (const [index, line] of markdown.split('\n').entries()) {
    const place = `${name}:${index + 1}`;
    const [, mark = '', info = ''] = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(line) ?? [];
    const block = blocks.at(-1);
    if (fence === null) {
      if (mark === '') continue;
      fence = mark;
      const [language = '', marking = null] = info.split(/\s+/);
      blocks.push({ place, language, marking, commands: [] });
    } else if (mark.startsWith(fence) && info === '') {
      fence = null;
    } else if (line.endsWith('\\')) {
      unfinished += `${line}\n`;
    } else if (line.trim() !== '') {
      const [, comment = null] = /(?:^|\s)#\s+(.*)$/.exec(line) ?? [];
      block?.commands.push({ place, text: `${unfinished}${line}`, comment });
      unfinished = '';
    }
  }
  return blocks.filter(({ language }) => shells.includes(language));
}
