import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');

/** Texts of a source without its comments. Those are for whoever has docs/design.md open. */
function textsOf(source: string): string[] {
  const code = source.replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, '');
  return [...code.matchAll(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g)].map(([text]) => text);
}

it('no message names a rule of the design by its number, which leads its reader nowhere', () => {
  const files = globSync('{adapters,cdk,cli,console,contracts,core,functions,pipeline,sandbox}/**/*.{ts,tsx}', {
    cwd: root,
  });

  const numbered = files.flatMap((file) =>
    textsOf(readFileSync(join(root, file), 'utf8'))
      .filter((text) => /\(I\d+\)/.test(text))
      .map((text) => `${file}: ${text}`),
  );

  expect(files.length).toBeGreaterThan(300);
  expect(numbered).toEqual([]);
});
