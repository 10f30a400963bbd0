import type { Command } from 'commander';
import { parseConfiguration } from '../../contracts/configuration/parse-configuration.ts';
import { addCommand } from '../options.ts';
import { invalidConfiguration, readConfigurationText, usualConfiguration } from '../read-configuration.ts';
import { type OutputFlags, print } from '../session.ts';
import type { World } from '../world.ts';

/** `sluice validate`: needs no server. */
export function addValidate(program: Command, world: World): void {
  addCommand(program, {
    name: 'validate [file]',
    summary: 'Check sluice.yaml: every problem at once, with its line and path. Exits with 2 when there is one.',
    examples: ['validate', 'validate deploy/sluice.yaml --output json'],
  }).action(async (file: string | undefined, flags: OutputFlags) => {
    const path = file ?? usualConfiguration;
    const parsed = parseConfiguration(await readConfigurationText(world, path));
    const problems = parsed.ok ? [] : parsed.problems;
    const services = parsed.ok ? parsed.configuration.services.map(({ name }) => name) : [];
    print({ world, flags }, { file: path, valid: parsed.ok, services, problems }, () =>
      parsed.ok ? [`${path} is valid: ${services.join(', ')}`] : [],
    );
    if (!parsed.ok) throw invalidConfiguration(path, problems);
  });
}
