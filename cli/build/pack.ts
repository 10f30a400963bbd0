import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');

/**
 * Packs the command line into one file that `npm install -g` and `npx --package` take on any machine with Node 24: no checkout, no dependencies.
 *
 * @param folder where the file is put.
 * @returns the file.
 */
export async function packCli(folder: string): Promise<string> {
  // npm packs from another folder.
  const destination = resolve(folder);
  const work = mkdtempSync(join(tmpdir(), 'sluice-pack-'));
  try {
    await bundleCli(work);
    mkdirSync(destination, { recursive: true });
    const words = ['pack', '--json', '--pack-destination', destination];
    const told = execFileSync('npm', words, { cwd: work, encoding: 'utf8' });
    // What npm prints of a package that it has packed.
    const packed = JSON.parse(told) as readonly { filename: string }[] | Record<string, { filename: string }>;
    const [file] = Object.values(packed);
    if (file === undefined) throw new Error(`npm pack says nothing of what it packed: ${told}`);
    return join(destination, file.filename);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Builds the package into a folder: what a command needs at its start in one file, what only some of them need in others. */
export async function bundleCli(folder: string): Promise<void> {
  const { version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['cli/main.ts'],
    outdir: join(folder, 'cli'),
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    // Stacks name the functions of the sources.
    keepNames: true,
    metafile: true,
    legalComments: 'none',
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  copyFileSync(join(import.meta.dirname, 'packaged.js'), join(folder, 'cli', 'sluice.js'));
  chmodSync(join(folder, 'cli', 'sluice.js'), 0o755);
  // What `sluice init` copies from.
  for (const shipped of ['argocd', 'charts/service', 'docs/reference/sluice.schema.json'])
    cpSync(join(root, shipped), join(folder, shipped), { recursive: true });
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'NOTICES'), notices(Object.keys(metafile.inputs)));
  const readme =
    '# sluice\n\nThe command line of Sluice. `sluice --help` lists what it can do, `sluice completion --help` makes a shell complete it.\n';
  writeFileSync(join(folder, 'README.md'), readme);
  const manifest = {
    ...{ name: '@sluice-pipeline/cli', version, description, license, type: 'module' },
    bin: { sluice: 'cli/sluice.js' },
    engines: { node: '>=24' },
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** What the licenses of the bundled libraries ask every copy to carry. */
function notices(inputs: readonly string[]): string {
  const packages = new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  return [...packages]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE']
        .map((one) => join(root, folder, one))
        .find((one) => existsSync(one));
      return `${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(file, 'utf8').trim()}\n`;
    })
    .join('\n----\n\n');
}

if (import.meta.main) {
  // npm runs a script in the root, wherever it was called.
  const folder = resolve(process.env.INIT_CWD ?? '.', process.argv[2] ?? '.');
  process.stdout.write(`${await packCli(folder)}\n`);
}
