import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const page = readFileSync(join(root, 'docs', 'design.md'), 'utf8');

/** What the page has: numbered rules, invariants, and the parts of each section by their headings. */
const rules = new Set([...page.matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => Number(number)));
const invariants = new Set([...page.matchAll(/^- \*\*I(\d+)\*\*/gm)].map(([, number]) => Number(number)));
const sections = new Map(
  page.split(/^## (?=\d)/m).flatMap((text) => {
    const [, number] = /^(\d+)\. /.exec(text) ?? [];
    const parts = [...text.matchAll(/^### (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase());
    return number === undefined ? [] : [[Number(number), parts] as const];
  }),
);

const files = globSync(['**/*.{ts,js,mjs,yaml,yml,md}', '.github/**/*.{md,yml}'], {
  cwd: root,
  exclude: (name) => ['node_modules', 'cdk.out', '.git'].includes(name) || name.startsWith('.sluice'),
})
  // The site that `npm run docs` makes.
  .filter((name) => !name.startsWith('docs/api/'))
  .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));

/** The references of a text that lead nowhere. */
function strayIn(text: string): string[] {
  const stray: string[] = [];
  for (const [reference, number] of text.matchAll(/\bI(\d+)\b/g)) {
    if (!invariants.has(Number(number))) stray.push(reference);
  }
  for (const [reference, number] of text.matchAll(/\brules? (\d+)\b/g)) {
    if (!rules.has(Number(number))) stray.push(reference);
  }
  // In a comment a reference may go over the end of a line.
  const flowing = text.replaceAll(/\s*\n\s*(?:\*|\/\/|#)?\s*/g, ' ');
  for (const [reference, section, line, part] of flowing.matchAll(
    /\bDESIGN §?(\d+)(?:\.(\d+))?(?:, ([A-Za-z][A-Za-z ]*))?/g,
  )) {
    const parts = sections.get(Number(section));
    const named = part?.toLowerCase();
    const leads =
      parts !== undefined &&
      (line === undefined || (section === '1' && rules.has(Number(line)))) &&
      (named === undefined || parts.some((heading) => named.startsWith(heading)));
    if (!leads) stray.push(reference);
  }
  return stray;
}

it('every invariant, rule and part of the design that a source names is there', () => {
  const stray = files.flatMap(({ name, text }) => strayIn(text).map((reference) => `${name}: ${reference}`));

  expect(files.length).toBeGreaterThan(500);
  expect(stray).toEqual([]);
});

it.each([
  ['an invariant', `(I${99})`],
  ['a rule', `rule ${99}`],
  ['a section', `DESIGN §${99}`],
  ['a part of a section', `DESIGN §${5}, cooking`],
  ['a rule by its section', `DESIGN §${1}.99`],
  ['a part over the end of a line', `/**\n * DESIGN §${5},\n * cooking */`],
])('%s that is not there is found', (_, text) => {
  expect(strayIn(text)).toHaveLength(1);
});
