import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleFile, bundleFunctions } from '../cdk/bundle-functions.ts';
import { type FunctionName, functionNames } from '../cdk/function-names.ts';
import { functionSizes } from '../cdk/function-sizes.ts';
import { type ColdStart, coldStart, type Phases } from './bundles/cold-start.ts';
import { startDependencies } from './bundles/dependencies.ts';
import { firstEvents } from './bundles/first-events.ts';
import { openQuota } from './bundles/quota.ts';
import { environmentOn, exampleOn } from './bundles/surroundings.ts';
import { prices } from './cost/prices.ts';
import { summary } from './statistics.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    /** Functions, with commas between; all of them without it. */
    only: { type: 'string' },
    /** Other checkouts, the packages of which are measured in the same rounds. */
    against: { type: 'string', multiple: true, default: [] },
    /** Sizes in MB, with commas between, instead of those that are installed. */
    memory: { type: 'string' },
  },
});

interface Contestant extends ColdStart {
  readonly package: string;
  readonly memory: number;
  readonly measured: Phases[];
}

/** MB for which Lambda gives a whole processor. */
const wholeProcessor = 1_769;
const here = join(import.meta.dirname, 'bundles');
const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-bundles-'));
const dependencies = await startDependencies();
const environmentOf = environmentOn(dependencies, folder);
const opened = openQuota();
const quota = 'missing' in opened ? null : opened;
if ('missing' in opened) {
  console.log(`Calls have a whole processor, whatever their memory: no cgroup could be made (${opened.missing}).`);
}

/** By where they come from. */
const packages: Record<string, Record<FunctionName, string>> = {
  here: await bundleFunctions(exampleOn(dependencies), join(folder, 'here')),
};
/** Node's options for packages of other checkouts, which may have said nothing of them. */
const nodeOptions: Record<string, string> = {};
for (const checkout of values.against) {
  const other: typeof import('../cdk/bundle-functions.ts') = await import(
    join(resolve(checkout), 'cdk', 'bundle-functions.ts')
  );
  const name = basename(resolve(checkout));
  packages[name] = await other.bundleFunctions(exampleOn(dependencies), join(folder, name));
  nodeOptions[name] = other.packagedNodeOptions ?? '';
}
/** What one would write without thinking about it, and the function that does about the same. */
const naive = { 'naive-aws': 'alertmanager-webhook', 'naive-kubernetes': 'return-traffic' } as const;
for (const name of Object.keys(naive)) {
  await bundleFile(join(here, `${name}.mjs`), join(folder, name, 'handler.mjs'));
}
cpSync(join(here, 'bare.mjs'), join(folder, 'bare', 'handler.mjs'));

const chosen = functionNames.filter((name) => values.only === undefined || values.only.split(',').includes(name));
const sizesOf = (name: FunctionName) => values.memory?.split(',').map(Number) ?? [functionSizes[name].memory];
const contestant = (name: FunctionName, from: string, packaged: string, memory: number): Contestant => ({
  name,
  package: from,
  memory,
  measured: [],
  file: join(packaged, 'handler.mjs'),
  ...firstEvents[name],
  env: { ...environmentOf(packaged), ...(from in nodeOptions ? { NODE_OPTIONS: nodeOptions[from] ?? '' } : {}) },
  share: Math.min(1, memory / wholeProcessor),
});
const contestants = [
  { ...contestant('watch', 'bare', join(folder, 'bare'), wholeProcessor), expected: {} },
  ...Object.entries(naive).flatMap(([from, name]) =>
    sizesOf(name).map((memory) => contestant(name, from, join(folder, from), memory)),
  ),
  ...chosen.flatMap((name) =>
    sizesOf(name).flatMap((memory) =>
      Object.entries(packages).map(([from, packaged]) => contestant(name, from, packaged[name], memory)),
    ),
  ),
];

try {
  // The first round does not count: it finds no file in the system's cache.
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    // A machine that gets slower or faster meanwhile does so for all of them.
    for (const one of contestants) {
      const phases = await coldStart(one, quota);
      if (round > 0) one.measured.push(phases);
    }
  }
} finally {
  quota?.close();
  dependencies.close();
}

const columns = ['function', 'package', 'MB', 'KB', 'init', 'call', 'sum', 'CPU init', 'CPU call', '$ per million'];
const widths = [22, 18, 6, 7, 7, 7, 7, 10, 10, 15];
const line = (cells: readonly (string | number)[]) =>
  cells
    .map((cell, index) => {
      const width = widths[index] ?? 0;
      return typeof cell === 'number'
        ? cell.toFixed(0).padStart(width)
        : index < 2
          ? cell.padEnd(width)
          : cell.padStart(width);
    })
    .join('');

console.log(`Cold starts in ms, medians of ${values.rounds}, interleaved, Node ${process.version}.\n${line(columns)}`);
for (const { name, package: from, memory, measured, file } of contestants) {
  const median = (pick: (phases: Phases) => number) => summary(measured.map(pick)).median;
  const sum = median(({ init, call }) => init + call);
  const modules = readdirSync(dirname(file)).filter((one) => one.endsWith('.mjs'));
  const bytes = modules.reduce((size, one) => size + readFileSync(join(dirname(file), one)).length, 0);
  // Initialisation is billed too.
  const dollars = (sum / 1_000) * (memory / 1_024) * prices.lambda.gigabyteSecond * 1e6;
  const times = [median(({ init }) => init), median(({ call }) => call), sum];
  const work = [median(({ initCpu }) => initCpu), median(({ callCpu }) => callCpu)];
  console.log(line([name, from, memory, bytes / 1_024, ...times, ...work, dollars.toFixed(2)]));
}
rmSync(folder, { recursive: true });
if (dependencies.unknown.length > 0) {
  console.log(`Requests to which this bench knows no answer:\n${[...new Set(dependencies.unknown)].join('\n')}`);
  process.exitCode = 1;
}
