import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandNames, commandsIn, faultOf } from '../../support/commands.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const folders = ['adapters', 'cdk', 'cli', 'console', 'contracts', 'core', 'functions', 'pipeline', 'sandbox'];

/** Put together from parts, and read as a whole where they are printed; what a chain of hashes begins with. */
const others = [
  'pipeline/operator/describe-operator-action.ts',
  'pipeline/operator/describe-branch.ts',
  'pipeline/notice/standing.ts',
  'pipeline/rescue/rest-steps.ts',
  'core/audit/chain.ts',
];
const names = commandNames();
const spoken = new RegExp(`\\bsluice (?:${names.filter((name) => !name.includes(' ')).join('|')})\\b`);

const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:ts|tsx|js)$/.test(path))
    .map((path) => join(folder, path)),
);

/** The texts of a source that speak of a command, with something in each place that is filled in. */
function textsOf(source: string): string[] {
  const code = source.replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, '');
  const literals = [...code.matchAll(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g)].map(([text]) => text.slice(1, -1));
  return literals
    .map((text) => text.replaceAll(/--version \$\{[^}]*\}/g, '--version v2.1.0'))
    .map((text) => text.replaceAll(/--environment \$\{[^}]*\}/g, '--environment blue'))
    .map((text) => text.replaceAll(/--(from|to)-env \$\{[^}]*\}/g, '--$1-env blue'))
    .map((text) =>
      text
        .replaceAll(/\$\{[^}]*\}/g, 'X')
        .replaceAll('\\n', '\n')
        .replaceAll('\\`', '`')
        .replaceAll("\\'", "'"),
    )
    .filter((text) => spoken.test(text));
}

/** Null when everything that the text says to type runs; its being no more than the name of a command is no order to type it. */
async function wrongIn(text: string): Promise<string | null> {
  const commands = text.startsWith('sluice ') ? commandsIn(`\`${text.replace(/ \|.*/, '')}\``) : commandsIn(text);
  if (commands.length === 0) return `${text}: nothing marks the command in it`;
  for (const command of commands) {
    if (names.includes(command.replace(/^sluice /, ''))) continue;
    const fault = await faultOf(command);
    if (fault !== null) return `${command}: ${fault}`;
  }
  return null;
}

it('every command that a message of the program prints runs as it is printed', async () => {
  const texts = files
    .filter((file) => !others.includes(file))
    .flatMap((file) => textsOf(readFileSync(join(root, file), 'utf8')).map((text) => ({ file, text })));

  const wrong: string[] = [];
  for (const { file, text } of texts) {
    const fault = await wrongIn(text);
    if (fault !== null) wrong.push(`${file}: ${fault}`);
  }

  expect(texts.length).toBeGreaterThan(20);
  expect(wrong).toEqual([]);
});
