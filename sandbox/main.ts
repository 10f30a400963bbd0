import { readFile } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { DataDirectoryUnusable, refuseSecondSandbox, setAside } from './data-directory.ts';
import { parseFlags, UsageError, usage } from './flags.ts';
import type { Cluster } from './kubernetes/controllers/kube-client.ts';
import { PortInUse } from './ports.ts';
import { readEarlierConsole, writeReadyFile } from './ready.ts';

const EXIT_PROBLEM = 1;
const EXIT_USAGE = 2;
/** SIGINT and SIGTERM end the process within 2 s in any case (DESIGN §7). */
const EXIT_WITHIN_MS = 1_800;

async function main(): Promise<void> {
  const flags = parseFlags(process.argv.slice(2), process.env);
  if (flags.help) {
    process.stdout.write(usage);
    return;
  }
  const print = (line: string) => {
    if (!flags.quiet) process.stdout.write(`${line}\n`);
  };
  const dataDir = resolve(flags.dataDir);
  // Before anything is loaded, so that nobody looks at an empty screen.
  print(`Sluice is starting; its state is in ${dataDir}.`);
  const engines = aboutEngines();
  if (engines !== null) print(engines);
  // One process is a whole cloud here: on a machine with much memory V8 would let its heap grow to twice what is in use.
  setFlagsFromString('--optimize-for-size');
  // Types stripped and code compiled once, not at every start; whatever is imported from here on comes from there.
  enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'sluice', 'compile'));
  const { chartFolder, operatorOf, readTemplate } = await import('./configuration.ts');
  const notes: string[] = [];
  const onNote = (note: string) => void notes.push(note);
  const configuration = await readTemplate(flags.configuration, { ...flags, onNote });
  const chart = await chartFolder(flags);
  const cluster = flags.kubeconfig === null ? null : await readCluster(flags.kubeconfig);
  const operator = operatorOf(configuration, process.env.SLUICE_USER);
  await refuseSecondSandbox(dataDir);
  if (flags.fresh) {
    const old = await setAside(dataDir);
    if (old !== null) print(`The earlier state is in ${old}.`);
  }
  if (notes.length > 0) print(`Differences from ${flags.configuration}:`);
  for (const note of notes) print(`  ${note}`);
  const log = (line: string) => process.stderr.write(`${line}\n`);

  let stop: (() => Promise<void>) | null = null;
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(0), EXIT_WITHIN_MS).unref();
    void (stop?.() ?? Promise.resolve()).finally(() => process.exit(0));
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);

  const progress = (what: string) => print(`  ${process.uptime().toFixed(1)} s  ${what}`);
  progress('loading the code');
  const [{ startSandbox }, { bundleConsole }] = await Promise.all([
    import('./start-sandbox.ts'),
    import('../console/build/bundle-console.ts'),
  ]);
  const sandbox = await startSandbox({
    port: flags.port,
    dataDir,
    configuration,
    folder: flags.configuration === null ? null : dirname(resolve(flags.configuration)),
    chart,
    operator,
    load: flags.load,
    cluster,
    monitoring: flags.monitoring,
    buildConsole: bundleConsole,
    log,
    progress,
  });
  stop = sandbox.close;
  if (ending) return;
  const { ready } = sandbox;
  // The one in the usual data directory is found by the command line itself.
  const readyFiles = new Set([
    join(dataDir, 'ready.json'),
    ...(flags.readyFile === null ? [] : [resolve(flags.readyFile)]),
  ]);
  const earlier = await readEarlierConsole(join(dataDir, 'ready.json'));
  for (const file of readyFiles) await writeReadyFile(file, ready);
  const { describeReady } = await import('./describe-ready.ts');
  print(
    `Sluice is running after ${process.uptime().toFixed(1)} s.\n\n${describeReady(ready, join(dataDir, 'ready.json'))}`,
  );
  if (earlier !== null && earlier !== ready.console) {
    print(
      `\nThe console was at ${earlier} before. Links in mails that were sent then lead there: put ${ready.console} before their path. \`npm start\` without --port always uses the same ports.`,
    );
  }
  print('\nEnd it with Ctrl-C; it goes on from here at the next start.');
}

/** Where the real control plane is. @throws {UsageError} when the file says no such thing. */
async function readCluster(path: string): Promise<Cluster> {
  const { clusterOf } = await import('./kubernetes/controllers/kubeconfig.ts');
  try {
    return clusterOf(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`--kubeconfig ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** npm runs on the machine's own Node, and what it starts on the one in `node_modules/.bin`. Null when the first is new enough. */
function aboutEngines(): string | null {
  const outer = /\bnode\/v((\d+)[.\d]+)/.exec(process.env.npm_config_user_agent ?? '');
  if (outer === null || Number(outer[2]) >= 22) return null;
  return `npm's EBADENGINE warnings are about this machine's Node ${outer[1]}. Sluice runs on Node ${process.versions.node}, which npm installed for it.`;
}

main().catch((error: unknown) => {
  const usageProblem = error instanceof UsageError;
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? `\n  because: ${error.cause.message}` : '';
  const hint = usageProblem || error instanceof PortInUse || error instanceof DataDirectoryUnusable ? '' : cause;
  process.stderr.write(`${message}${hint}\n`);
  if (process.env.SLUICE_DEBUG) console.error(error);
  process.exit(usageProblem ? EXIT_USAGE : EXIT_PROBLEM);
});
