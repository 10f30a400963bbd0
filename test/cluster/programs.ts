import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const modulesFolder = join(import.meta.dirname, 'modules');

/** What is built from which Go module below `modules/`, by the program's name. Argo CD's dependencies are at other versions. */
const builds = {
  etcd: { etcd: 'go.etcd.io/etcd/server/v3' },
  kube: {
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  },
} as const;

/** One binary that is all of Argo CD's programs, and what it keeps its renderings in. */
const argoCdBuild = { argocd: 'github.com/argoproj/argo-cd/v3/cmd', redis: './redis' } as const;

/** Files with CustomResourceDefinitions, by the module of `modules/crds` that publishes them. */
const definitions: Readonly<Record<string, readonly string[]>> = {
  'github.com/argoproj/argo-cd/v3': ['application', 'appproject', 'applicationset'].map(
    (kind) => `manifests/crds/${kind}-crd.yaml`,
  ),
  'github.com/kedacore/keda/v2': ['config/crd/bases/keda.sh_scaledobjects.yaml'],
  'istio.io/api': ['kubernetes/customresourcedefinitions.gen.yaml'],
  'sigs.k8s.io/gateway-api': ['gatewayclasses', 'gateways', 'httproutes', 'referencegrants'].map(
    (plural) => `config/crd/standard/gateway.networking.k8s.io_${plural}.yaml`,
  ),
};

/** Without a version the API server says v0.0.0 of itself, which is too old for a chart that says for which Kubernetes it is. */
async function flagsOf(module: string): Promise<string[]> {
  const version = /^require k8s\.io\/kubernetes (v(\d+)\.(\d+)\S*)$/m.exec(await goModOf(module));
  const [, gitVersion, gitMajor, gitMinor] = version ?? [];
  const said = version === null ? {} : { gitVersion, gitMajor, gitMinor };
  const variables = Object.entries(said).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-trimpath', '-ldflags', ['-s -w', ...variables].join(' ')];
}

const goModOf = (module: string): Promise<string> => readFile(join(modulesFolder, module, 'go.mod'), 'utf8');

// Reproducible: no C compiler of this machine takes part, and no setting of its owner.
const environment = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off' };

export type ProgramName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager';

/** Paths of what a control plane is made of. */
export interface Programs {
  readonly program: (name: ProgramName) => string;
  /** YAML files with the CustomResourceDefinitions. */
  readonly definitions: readonly string[];
}

/** Where built programs are kept: `SLUICE_CLUSTER_CACHE`, else the user's own cache folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.SLUICE_CLUSTER_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice', 'cluster');
}

/**
 * Builds what is missing in the cache, and says so by `tell`. Each module has a folder of its own, named by the hash of its go.mod
 * and go.sum, the Go version and the flags, so that nothing is ever built twice and nothing outdated is ever run.
 *
 * @throws {Error} with what to do, where there is no Go or a build fails.
 */
export async function preparePrograms(tell: (line: string) => void): Promise<Programs> {
  const go = await goVersion();
  const folders = new Map<string, string>();
  for (const [module, programs] of Object.entries(builds)) {
    const folder = await cached(module, go, tell, (into) => build(module, programs, into));
    for (const name of Object.keys(programs)) folders.set(name, folder);
  }
  return { program: (name) => join(folders.get(name) ?? '', name), ...(await prepareDefinitions(tell)) };
}

/** The folder with `argocd` and `redis`, built if it is missing. @throws {Error} as `preparePrograms`. */
export async function prepareArgoCd(tell: (line: string) => void): Promise<string> {
  const source = await readFile(join(modulesFolder, 'argocd', 'redis', 'main.go'), 'utf8');
  const make = (into: string) => build('argocd', argoCdBuild, into);
  return cached('argocd', await goVersion(), tell, make, [argoCdBuild, source]);
}

async function build(module: string, programs: Readonly<Record<string, string>>, into: string): Promise<void> {
  const flags = await flagsOf(module);
  for (const [name, source] of Object.entries(programs)) {
    await run('go', ['build', ...flags, '-o', join(into, name), source], at(module));
  }
}

/** The CustomResourceDefinitions alone, for which nothing is built. @throws {Error} as `preparePrograms`. */
export async function prepareDefinitions(tell: (line: string) => void): Promise<Pick<Programs, 'definitions'>> {
  const folder = await cached('crds', await goVersion(), tell, copyDefinitions);
  return {
    definitions: Object.values(definitions).flatMap((paths) => paths.map((path) => join(folder, fileOf(path)))),
  };
}

async function goVersion(): Promise<string> {
  const { stdout } = await run('go', ['env', 'GOVERSION']).catch((cause) => {
    throw new Error(
      'There is no `go` on the PATH to build Argo CD and a control plane with. Install Go (the version in test/cluster/modules/kube/go.mod).',
      { cause },
    );
  });
  return stdout.trim();
}

const at = (module: string) => ({ cwd: join(modulesFolder, module), env: environment, maxBuffer: 64 * 1024 * 1024 });

const fileOf = (path: string): string => path.replaceAll('/', '-');

/** Go compares each download with go.sum, whose pinned lines are all that this module has. */
async function copyDefinitions(into: string): Promise<void> {
  const goMod = await goModOf('crds');
  for (const [module, paths] of Object.entries(definitions)) {
    const version = goMod.match(new RegExp(`${module} (v\\S+)`))?.[1];
    const { stdout } = await run('go', ['mod', 'download', '-json', `${module}@${version}`], at('crds'));
    const { Dir: folder }: { Dir: string } = JSON.parse(stdout);
    for (const path of paths) {
      const copy = join(into, fileOf(path));
      await copyFile(join(folder, path), copy);
      // Go's module cache is read-only.
      await chmod(copy, 0o644);
    }
  }
}

async function cached(
  module: string,
  go: string,
  tell: (line: string) => void,
  make: (into: string) => Promise<unknown>,
  more: readonly unknown[] = [],
): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(modulesFolder, module, file)));
  hash.update(JSON.stringify([go, await flagsOf(module), process.arch, builds, definitions, ...more]));
  const parent = cacheFolder();
  const folder = join(parent, `${module}-${hash.digest('hex').slice(0, 16)}`);
  if (await stat(folder).catch(() => null)) return folder;

  tell(`Building ${module} with ${go}, once, into ${folder}`);
  await mkdir(parent, { recursive: true });
  const unfinished = await mkdtemp(join(parent, `${module}-unfinished-`));
  try {
    await make(unfinished);
    await rename(unfinished, folder);
  } catch (cause) {
    const told = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim().slice(-2000) : String(cause);
    throw new Error(
      `${module} could not be built from test/cluster/modules/${module}. It needs the Go module proxy of \`go env GOPROXY\`, about 7 GB ` +
        `below \`go env GOCACHE\` and GOMODCACHE, and some minutes. Go said:\n${told}`,
      { cause },
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}
