import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const sources = join(import.meta.dirname, '..');

/**
 * Builds the console's page into `outdir`: `index.html` and what it names, and nothing else. The same sources give the same bytes. It takes
 * a few tens of milliseconds, in a process of its own, so that whoever starts may do something else meanwhile.
 */
export async function bundleConsole(outdir: string): Promise<void> {
  mkdirSync(outdir, { recursive: true });
  for (const file of ['index.html', 'mark.svg']) copyFileSync(join(sources, file), join(outdir, file));
  await build({
    absWorkingDir: sources,
    entryPoints: [join(sources, 'console.tsx')],
    outdir,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    footer: { js: notices() },
    logLevel: 'warning',
  });
}

/** What the licenses of the bundled libraries ask every copy to carry. */
function notices(): string {
  const texts = ['preact/LICENSE', 'uplot/LICENSE', 'oauth4webapi/LICENSE.md'].map((file) =>
    readFileSync(join(sources, '..', 'node_modules', file), 'utf8').trim(),
  );
  return `/*\n${texts.join('\n\n')}\n*/`;
}
