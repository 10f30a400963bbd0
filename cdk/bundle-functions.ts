import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { packCli } from '../cli/build/pack.ts';
import { bundleConsole } from '../console/build/bundle-console.ts';
import { bodyFilesOf } from '../contracts/configuration/body-files.ts';
import { packConfiguration } from '../functions/runtime/read-configuration.ts';
import { type FunctionName, functionNames } from './function-names.ts';
import type { Installation } from './installation.ts';

const functions = join(import.meta.dirname, '..', 'functions');

/** Where the configuration lies in a function's package, parsed, beside the bodies of its checks. */
export const packagedConfiguration = 'sluice.json';

/** What Node has to be told so that stacks say where in the sources it was. */
export const packagedNodeOptions = '--enable-source-maps';

/** Where the console's files lie in the package of `api-read`. */
export const packagedConsole = 'console';

/** The packed command line, in the package of `api-read`. */
export const packagedCommandLine = 'sluice.tgz';

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

/** Builds one file as the functions are built. */
export async function bundleFile(file: string, outfile: string): Promise<void> {
  const { outExtension: _, ...rest } = options;
  await build({ ...rest, mainFields: [...rest.mainFields], entryPoints: [file], outfile });
}

/**
 * Builds every function into a folder of its own under `outdir`: ES modules with their source maps, the configuration as it was parsed,
 * and the files that it names. No network and no container: esbuild runs here. The same sources give the same bytes, hence the same asset
 * hash.
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
        entryPoints: [{ in: join(functions, name, 'lambda.ts'), out: 'handler' }],
        outdir: folderOf(name),
        // The few clients that are imported only when they are needed lie in files of their own.
        splitting: true,
      }),
    ),
  );
  const packed = packConfiguration(configuration);
  for (const name of functionNames) {
    writeFileSync(join(folderOf(name), packagedConfiguration), packed);
    for (const { file: body } of bodyFilesOf(configuration)) {
      const to = join(folderOf(name), body);
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(join(dirname(file), body), to);
    }
  }
  await bundleConsole(join(folderOf('api-read'), packagedConsole));
  renameSync(await packCli(folderOf('api-read')), join(folderOf('api-read'), packagedCommandLine));
  // One entry for each name of the list above.
  return Object.fromEntries(functionNames.map((name) => [name, folderOf(name)])) as Record<FunctionName, string>;
}
