import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { type Milliseconds, readDuration } from '../../contracts/duration.ts';
import { CliError, exitCodes, usageError } from '../exit.ts';
import { ask, requireReady } from '../fire/require-ready.ts';
import { addCommand, parseVersion } from '../options.ts';
import { type OutputFlags, print } from '../session.ts';
import type { World } from '../world.ts';

interface FaultFlags extends OutputFlags {
  readonly readyFile?: string;
  readonly service?: string;
  readonly version: string;
  readonly errorRate: number;
  readonly latency: Milliseconds;
  readonly unhealthy: boolean;
  readonly crashing: boolean;
}

/** How a version of the sandbox's demo service misbehaves: share of answers that fail, ms added to each. */
export const faultSchema = z.object({
  service: z.string().optional(),
  version: z.string(),
  errorRate: z.number(),
  latencyMs: z.number(),
  unhealthy: z.boolean(),
  crashing: z.boolean().optional(),
});

/** `sluice sandbox set-fault`: how its pods answer from now on. */
export function addSetFault(sandbox: Command, world: World, readyOption: readonly [string, string]): void {
  addCommand(sandbox, {
    name: 'set-fault',
    summary: 'Make the pods of a version misbehave from now on. With a version alone they are well again.',
    examples: ['sandbox set-fault --version v2.2.0 --error-rate 0.2', 'sandbox set-fault --version v2.2.0'],
  })
    .requiredOption('--version <version>', 'which one', parseVersion)
    .option('--error-rate <share>', 'share of the answers that fail, 0 to 1', parseShare, 0)
    .option('--latency <duration>', 'added to each answer, such as 500ms', parseLatency)
    .option('--unhealthy', 'its health checks fail', false)
    .option('--crashing', 'its pods end as soon as they have started', false)
    .option('--service <name>', 'whose version; without it, that of every service')
    .option(...readyOption)
    .action(async (flags: FaultFlags) => {
      const ready = await requireReady(world, flags.readyFile);
      const { service, version, errorRate, latency = 0, unhealthy, crashing } = flags;
      const { status, document } = await ask(world, `${ready.console}/api/sandbox/faults`, {
        what: 'The sandbox',
        method: 'POST',
        headers: { authorization: `Bearer ${ready.secrets.apiToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ service, version, errorRate, latencyMs: latency, unhealthy, crashing }),
      });
      if (status === 400) throw usageError(`The sandbox does not take it: ${JSON.stringify(document)}`);
      if (status !== 200) throw new CliError('UnexpectedAnswer', exitCodes.failed, `The sandbox answered ${status}.`);
      const fault = faultSchema.parse(document);
      print({ world, flags }, fault, () => [faultLine(fault)]);
    });
}

function faultLine({
  service,
  version,
  errorRate,
  latencyMs,
  unhealthy,
  crashing,
}: z.output<typeof faultSchema>): string {
  const faults = [
    ...(errorRate > 0 ? [`${Math.round(errorRate * 10_000) / 100} % of its answers fail`] : []),
    ...(latencyMs > 0 ? [`each answer takes ${latencyMs} ms longer`] : []),
    ...(unhealthy ? ['its health checks fail'] : []),
    ...(crashing === true ? ['its pods crash'] : []),
  ];
  const which = service === undefined ? version : `${version} of ${service}`;
  return faults.length === 0 ? `${which} is well again.` : `${which}, from now on: ${faults.join(', ')}.`;
}

function parseShare(text: string): number {
  const share = Number(text);
  if (text.trim() !== '' && share >= 0 && share <= 1) return share;
  throw new InvalidArgumentError('It must be a share from 0 to 1, such as 0.2.');
}

function parseLatency(text: string): Milliseconds {
  const latency = readDuration(text);
  if (latency !== null && latency <= 60_000) return latency;
  throw new InvalidArgumentError('It must be a duration of at most 1m, such as 500ms.');
}
