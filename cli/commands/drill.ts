import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Milliseconds, parseDuration } from '../../contracts/duration.ts';
import { type DrillMoment, type DrillReport, drillMoments, runDrill } from '../drill/run-drill.ts';
import { endedAs } from '../exit.ts';
import { requireReady } from '../fire/require-ready.ts';
import { interruptible } from '../interruptible.ts';
import { addCommand, parseWhole } from '../options.ts';
import { type OutputFlags, print } from '../session.ts';
import type { World } from '../world.ts';
import { findService } from './sandbox.ts';

interface DrillFlags extends OutputFlags {
  readonly dependency: readonly string[];
  readonly fault: string;
  readonly status: number;
  readonly delay: number;
  readonly moment: DrillMoment;
  readonly alert: boolean;
  readonly for: Milliseconds;
  readonly service?: string;
  readonly readyFile?: string;
}

const everybody = ['dynamodb', 'github', 'argocd', 'ses', 'metrics'] as const;
const dependencies = [
  ...everybody,
  'kubernetes',
  'stepfunctions',
  'eventbridge',
  'events',
  's3',
  'kms',
  'all',
] as const;
const faults = ['unreachable', 'hang', 'status', 'reset', 'silent', 'truncate', 'slow', 'stale', 'lost'] as const;
/** A return has to be made within this time although dependencies are away, ms. */
const returnWithin = 1_500;

/** `sluice drill` */
export function addDrill(program: Command, world: World): void {
  addCommand(program, {
    name: 'drill',
    summary:
      'Rehearse a fault on a running sandbox: deploy a release of its own, let dependencies fail, let an alert return the traffic, and report the result.',
    examples: [
      'drill --dependency dynamodb',
      'drill --dependency all --fault hang --moment baking',
      'drill --dependency github --fault status --status 503 --moment syncing --no-alert',
    ],
  })
    .addOption(
      new Option('--dependency <name...>', `what fails; "all" is ${everybody.join(', ')}`)
        .choices(dependencies)
        .default(['dynamodb']),
    )
    .addOption(new Option('--fault <kind>', 'what is wrong with them').choices(faults).default('unreachable'))
    .option('--status <number>', 'for --fault status', parseWhole(400, 599), 503)
    .option('--delay <ms>', 'for --fault slow', parseWhole(0, 600_000), 3_000)
    .addOption(new Option('--moment <name>', 'when it begins').choices(drillMoments).default('shifting'))
    .option('--no-alert', 'let the deployment cope by itself')
    .addOption(
      new Option('--for <duration>', 'how long the dependencies stay so')
        .argParser(parseTime)
        .default(parseDuration('5s'), '5s'),
    )
    .option('--service <name>', 'which service (SLUICE_SERVICE)')
    .option('--ready-file <path>', 'of the sandbox (SLUICE_READY_FILE; .sluice/ready.json)')
    .action(async (flags: DrillFlags) => {
      const ready = await requireReady(world, flags.readyFile);
      const service = await findService(world, ready, flags);
      const { fault, status, delay: delayMs, moment } = flags;
      const named = flags.dependency.includes('all') ? everybody : flags.dependency;
      const more = { ...(fault === 'status' ? { status } : {}), ...(fault === 'slow' ? { delayMs } : {}) };
      const hasTraffic = moment === 'shifting' || moment === 'baking';
      const plan = {
        service,
        faults: named.map((dependency) => ({ dependency, fault, ...more })),
        moment,
        rescue: flags.alert && hasTraffic ? ('alert' as const) : ('none' as const),
        lasts: flags.for,
      };
      const left = {
        message: 'You ended the drill. The dependencies that it stopped are back, and its deployment continues.',
        advice: 'To see where the traffic is: sluice status',
      };
      const report = await interruptible(world, left, (own) =>
        runDrill(own, ready, plan, (line) => world.err(`${line}\n`)),
      );
      print({ world, flags }, report, reportLines);
      judge(report);
    });
}

function parseTime(text: string): Milliseconds {
  try {
    return parseDuration(text);
  } catch {
    throw new InvalidArgumentError('It must be a duration like 10s or 2m.');
  }
}

function reportLines(report: DrillReport): string[] {
  const { version, operation, target, trafficBackMs, awayMs, spoilt, outcome, reason, rollback, load } = report;
  const met = Object.entries(spoilt).map(([name, count]) => `${count} of Sluice's requests to ${name} met the fault`);
  return [
    `${version} (operation ${operation}) was being deployed to ${target}.`,
    `For ${inSeconds(awayMs)} s: ${met.join(', ')}.`,
    ...(trafficBackMs === null ? [] : [`The traffic was back ${trafficBackMs} ms after the alert.`]),
    `The deployment ended as ${outcome}${reason === null ? '' : `: ${reason}`}`,
    ...(rollback === null ? [] : [`Its return (operation ${rollback.id}) ended as ${rollback.outcome}.`]),
    `Every operation had ended ${inSeconds(report.endedAfterMs)} s after the dependencies were back.`,
    `${load.failed} of ${load.sent} requests of the demo traffic failed during the drill.`,
  ];
}

const inSeconds = (ms: number): string => (ms / 1_000).toFixed(1);

/** @throws {CliError} `otherwise` when it did not go as it must. */
function judge({ trafficBackMs, outcome, rollback }: DrillReport): void {
  if (trafficBackMs !== null && trafficBackMs > returnWithin) {
    throw endedAs('too-slow', `The traffic was back after ${trafficBackMs} ms; ${returnWithin} ms are allowed.`);
  }
  if (outcome === 'frozen' || rollback?.outcome === 'frozen') {
    throw endedAs(
      'frozen',
      'The service is frozen. Look at its traffic, and then end that by `sluice unfreeze --reason "…"`.',
    );
  }
}
