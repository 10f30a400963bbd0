import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const folder = join(import.meta.dirname, '..', '..', 'contracts', 'configuration');

interface Described {
  /** Names of the keys from the outermost object of its schema: `['page', 'format']`. */
  readonly path: readonly string[];
  /** Null where nothing is said. */
  readonly text: string | null;
}

/** What the schemas of sluice.yaml say of their keys in comments. */
function describedKeys(): Described[] {
  const found: Described[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    const source = ts.createSourceFile(file, readFileSync(join(folder, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node, path: readonly string[]): void => {
      const isKey = ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node);
      const own = isKey && ts.isIdentifier(node.name) ? [...path, node.name.text] : path;
      const comment = isKey ? ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc)?.comment : undefined;
      const text = typeof comment === 'string' ? comment : ts.getTextOfJSDocComment(comment);
      if (isKey && own.length > path.length) found.push({ path: own, text: text ? forUsers(text) : null });
      ts.forEachChild(node, (child) => visit(child, own));
    };
    visit(source, []);
  }
  return found;
}

/** One line, without what only readers of the sources know: numbers of invariants, pages of the design. */
const forUsers = (text: string): string =>
  text
    .replaceAll(/\s*\((?:I\d+|rule \d+|DESIGN|adr\/|docs\/adr)[^)]*\)/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** Writes what is known of each key into a JSON Schema, as `description`. A name that means several things in equal depth is left alone. */
export function describeKeys(schema: object): void {
  const described = describedKeys();
  const textOf = (path: readonly string[]): string | null => {
    const fits = described.filter((one) =>
      one.path.every((name, at) => name === path[path.length - one.path.length + at]),
    );
    const deepest = Math.max(...fits.map((one) => one.path.length));
    const texts = new Set(fits.filter((one) => one.path.length === deepest).map(({ text }) => text));
    const [only] = texts;
    return texts.size === 1 ? (only ?? null) : null;
  };
  const walk = (node: unknown, path: readonly string[]): void => {
    if (Array.isArray(node)) for (const one of node) walk(one, path);
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
    for (const [word, value] of Object.entries(node)) {
      if (word !== 'properties') walk(value, path);
      else for (const [key, inner] of Object.entries(value)) describe(inner, [...path, key]);
    }
  };
  const describe = (inner: unknown, path: readonly string[]): void => {
    if (typeof inner !== 'object' || inner === null) return;
    const text = textOf(path);
    if (text !== null) Object.assign(inner, { description: text });
    walk(inner, path);
  };
  walk(schema, []);
}
