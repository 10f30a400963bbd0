import { type Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import { formatDuration, type Milliseconds, readDuration } from '../../contracts/duration.ts';
import { alertmanagerOf } from '../../core/monitoring/alertmanager.ts';
import { type AlertLimits, rulesOf, usualLimits } from '../../core/monitoring/service-rules.ts';
import { addCommand, addGroup } from '../options.ts';
import { readConfigurationFile, usualConfiguration } from '../read-configuration.ts';
import { type OutputFlags, print } from '../session.ts';
import type { World } from '../world.ts';

type RulesFlags = OutputFlags & AlertLimits;

interface AlertmanagerFlags extends OutputFlags {
  readonly credentialsFile: string;
  readonly receiver: string;
}

/** `sluice monitoring`: what Prometheus and Alertmanager need to know of the services. Needs no server. */
export function addMonitoring(program: Command, world: World): void {
  const group = addGroup(program, 'monitoring', 'Print rules for Prometheus and the configuration of Alertmanager.');
  addCommand(group, {
    name: 'rules [file]',
    summary:
      'Print a Prometheus rule file for the services of sluice.yaml: errors, latency, pods and rollouts of each environment, and Sluice itself.',
    examples: [
      'monitoring rules sluice.yaml > sluice.rules.yaml',
      'monitoring rules --errors 0.02 --latency 1s --for 2m',
    ],
  })
    .option('--errors <ratio>', 'share of requests that may fail, 0 to 1', parseShare, usualLimits.errors)
    .addOption(
      new Option('--latency <duration>', 'how long an answer may take')
        .argParser(parseLength)
        .default(usualLimits.latency, formatDuration(usualLimits.latency)),
    )
    .addOption(
      new Option('--for <duration>', 'how long it has to be so')
        .argParser(parseLength)
        .default(usualLimits.for, formatDuration(usualLimits.for)),
    )
    .addOption(
      new Option('--window <duration>', 'how far back rates look, several scrapes long')
        .argParser(parseLength)
        .default(usualLimits.window, formatDuration(usualLimits.window)),
    )
    .action(async (file: string | undefined, flags: RulesFlags) => {
      const configuration = await readConfigurationFile(world, file ?? usualConfiguration);
      print({ world, flags }, rulesOf(configuration, flags), yamlLines);
    });
  addCommand(group, {
    name: 'alertmanager [file]',
    summary: 'Print an Alertmanager configuration: Sluice as a receiver, and which alerts it gets.',
    examples: ['monitoring alertmanager sluice.yaml > alertmanager.yaml'],
  })
    .option(
      '--credentials-file <path>',
      'where Alertmanager finds the token of its webhook',
      '/etc/alertmanager/sluice-token',
    )
    .option('--receiver <name>', 'your own receiver, which still gets every alert', 'on-call')
    .action(async (file: string | undefined, flags: AlertmanagerFlags) => {
      const configuration = await readConfigurationFile(world, file ?? usualConfiguration);
      const { credentialsFile, receiver: everybody } = flags;
      print({ world, flags }, alertmanagerOf(configuration, { credentialsFile, everybody }), yamlLines);
    });
}

const yamlLines = (document: object): string[] => [stringify(document, { lineWidth: 0 }).trimEnd()];

function parseShare(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 1) return value;
  throw new InvalidArgumentError('It must be a share above 0 and below 1: one percent is 0.01.');
}

function parseLength(text: string): Milliseconds {
  const value = readDuration(text);
  if (value !== null && value > 0) return value;
  throw new InvalidArgumentError('It must be a duration above 0 like 5m, 90s or 500ms.');
}
