import { copyFileSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { bodyFilesOf } from './body-files.ts';
import { type FunctionName, functionNames } from './function-names.ts';
import type { Installation } from './installation.ts';

const functions = join(import.meta.dirname, '..', 'functions');
const consoleFiles = join(import.meta.dirname, '..', 'console');

/** Where the configuration lies in a function's package, beside the bodies of its checks. */
export const packagedConfiguration = 'sluice.yaml';

/** Where the console's files lie in the package of `api`. */
export const packagedConsole = 'console';

/**
 * Builds every function into a folder of its own under `outdir`: one ES module with its source map, `sluice.yaml` and what it
 * names. No network and no container: esbuild runs here. The same sources give the same bytes, hence the same asset hash.
 *
 * @returns the folder of each function.
 */
export async function bundleFunctions(
  { file, configuration }: Installation,
  outdir: string,
): Promise<Record<FunctionName, string>> {
  const folderOf = (name: FunctionName) => join(outdir, name);
  rmSync(outdir, { recursive: true, force: true });
  await build({
    entryPoints: functionNames.map((name) => ({ in: join(functions, name, 'handler.ts'), out: join(name, 'handler') })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // ES modules where a library has them: what nobody calls is left out.
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    absWorkingDir: join(functions, '..'),
    // Some libraries are CommonJS and ask for Node's own modules with require.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  for (const name of functionNames) {
    copyFileSync(file, join(folderOf(name), packagedConfiguration));
    for (const { file: body } of bodyFilesOf(configuration)) {
      const to = join(folderOf(name), body);
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(join(dirname(file), body), to);
    }
  }
  cpSync(consoleFiles, join(folderOf('api'), packagedConsole), {
    recursive: true,
    filter: (path) => path === consoleFiles || /\.(html|css|js|svg)$/.test(path),
  });
  // One entry for each name of the list above.
  return Object.fromEntries(functionNames.map((name) => [name, folderOf(name)])) as Record<FunctionName, string>;
}
