import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { layerBinary } from '../sandbox/kubernetes/layer-binaries.ts';
import { takeMachine } from './machine/machine.ts';
import type { Night } from './night.ts';
import type { Schedule } from './schedule.ts';

const usage = `npm run sim -- [--schedules N] [--seed S] [--story] [--trace FILE]

Plays N nights (10), those of the seeds S, S+1, … (1), and says what was violated. A seed always gives the same night.

  --story       tells every night, not only those with a violation
  --until-violated  stops at the first violation, and does not look for the shortest way to it
  --trace FILE  writes each request of the last night, a line each
`;

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    story: { type: 'boolean', default: false },
    'until-violated': { type: 'boolean', default: false },
    trace: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** Seconds of processor that this process has used. */
const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function main(): Promise<number> {
  const [count, first] = [Number(values.schedules), Number(values.seed)];
  if (values.help || !Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(first)) {
    process.stdout.write(usage);
    return values.help ? 0 : 2;
  }
  // Sluice's own log is no part of what is told here.
  process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
  // The sandbox finds it there: what unpacks it needs real files.
  await layerBinary('helm');
  const machine = takeMachine();
  const { createChance } = await import('./machine/chance.ts');
  const { createSchedule, tellSchedule } = await import('./schedule.ts');
  const { playNight } = await import('./night.ts');
  const { shrink } = await import('./shrink.ts');
  const print = (line: string) => process.stdout.write(`${line}\n`);

  let violated = 0;
  for (let seed = first; seed < first + count; seed++) {
    const schedule = createSchedule(seed, createChance(seed));
    const before = processor();
    const night = await playNight(machine, schedule);
    print(
      `night ${seed}: ${night.violations.length === 0 ? 'nothing violated' : `${night.violations.length} violated`}, ` +
        `${Math.round(night.lasted / 1000)} s in ${(processor() - before).toFixed(1)} s of processor, ${night.calls.length} requests`,
    );
    if (values.story) print([tellSchedule(schedule), ...night.story].join('\n'));
    const [violation] = night.violations;
    if (violation !== undefined) {
      violated += 1;
      for (const { at, invariant, what } of night.violations)
        print(`  ${invariant} at ${(at / 1000).toFixed(1)} s: ${what}`);
      if (values['until-violated']) break;
      print(await tellShortest(schedule, violation.invariant));
    }
    if (values.trace !== undefined) await writeFile(values.trace, traceOf(night));
  }
  print(
    `${count} ${count === 1 ? 'night' : 'nights'} from seed ${first}: ${violated} with a violation, ${processor().toFixed(0)} s of processor.`,
  );
  return violated === 0 ? 0 : 1;

  async function tellShortest(schedule: Schedule, invariant: string): Promise<string> {
    const bad = async (shorter: Schedule) =>
      (await playNight(machine, shorter)).violations.some((other) => other.invariant === invariant);
    const shortest = await shrink(schedule, bad);
    const { story } = await playNight(machine, shortest);
    return ['The shortest schedule that still does:', tellSchedule(shortest), 'What happens:', ...story].join('\n');
  }
}

const traceOf = ({ calls }: Night): string => calls.map((call) => `${JSON.stringify(call)}\n`).join('');

process.exit(await main());
