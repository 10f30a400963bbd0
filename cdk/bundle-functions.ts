import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { bodyFilesOf } from './body-files.ts';
import { type FunctionName, functionNames } from './function-names.ts';
import type { Installation } from './installation.ts';
import { leanPackages } from './lean-packages.ts';

const functions = join(import.meta.dirname, '..', 'functions');
const lazySourceMaps = join(import.meta.dirname, 'lazy-source-maps.ts');
const consoleFiles = join(import.meta.dirname, '..', 'console');

/** Where the configuration lies in a function's package, parsed, beside the bodies of its checks. */
export const packagedConfiguration = 'sluice.json';

/** Where the console's files lie in the package of `api`. */
export const packagedConsole = 'console';

const options = {
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
} as const satisfies BuildOptions;

/** Builds one file as the functions are built, but for what Sluice leaves out of its own packages (lean-packages.ts) unless it is given. */
export async function bundleFile(file: string, outfile: string, plugins: Plugin[] = []): Promise<void> {
  const { outExtension: _, ...rest } = options;
  await build({ ...rest, mainFields: [...rest.mainFields], entryPoints: [file], outfile, plugins });
}

/**
 * Builds every function into a folder of its own under `outdir`: an ES module, what it loads later in modules of their own, their
 * source maps, the configuration as it was parsed, and the files that it names. No network and no container: esbuild runs here. The same sources give the same bytes, hence
 * the same asset hash.
 *
 * @returns the folder of each function.
 */
export async function bundleFunctions(
  { file, configuration }: Installation,
  outdir: string,
): Promise<Record<FunctionName, string>> {
  const folderOf = (name: FunctionName) => join(outdir, name);
  rmSync(outdir, { recursive: true, force: true });
  await Promise.all(
    functionNames.map((name) =>
      build({
        ...options,
        mainFields: [...options.mainFields],
        entryPoints: [join(functions, name, 'handler.ts')],
        outdir: folderOf(name),
        // What is imported only when it is needed lies in files of its own.
        splitting: true,
        chunkNames: '[name]-[hash]',
        inject: [lazySourceMaps],
        plugins: [leanPackages],
      }),
    ),
  );
  const packed = JSON.stringify(configuration);
  if (!isDeepStrictEqual(JSON.parse(packed), configuration)) {
    throw new Error('The configuration has something that JSON would change: functions could not read it as it is.');
  }
  for (const name of functionNames) {
    writeFileSync(join(folderOf(name), packagedConfiguration), packed);
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
