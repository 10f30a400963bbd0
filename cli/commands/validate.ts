import type { Command } from 'commander';
import { formatProblems, parseConfiguration } from '../../contracts/configuration/parse-configuration.ts';
import { CliError, exitCodes, usageError } from '../exit.ts';
import { addCommand } from '../options.ts';
import { type OutputFlags, print } from '../session.ts';
import type { World } from '../world.ts';

/** `sluice validate`: needs no server. */
export function addValidate(program: Command, world: World): void {
  addCommand(program, {
    name: 'validate [file]',
    summary: 'Check sluice.yaml: every problem at once, with its line and path. Exits with 2 when there is one.',
    examples: ['validate', 'validate deploy/sluice.yaml --output json'],
  }).action(async (file: string | undefined, flags: OutputFlags) => {
    const path = file ?? 'sluice.yaml';
    const text = await world.readFile(path).catch((error: unknown) => {
      const why = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read';
      throw usageError(`${path} cannot be read (${why}).`, 'Name the file: sluice validate PATH');
    });
    const parsed = parseConfiguration(text);
    const problems = parsed.ok ? [] : parsed.problems;
    const services = parsed.ok ? parsed.configuration.services.map(({ name }) => name) : [];
    print({ world, flags }, { file: path, valid: parsed.ok, services, problems }, () =>
      parsed.ok ? [`${path} is valid: ${services.join(', ')}`] : [],
    );
    if (parsed.ok) return;
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    throw new CliError(
      'InvalidConfiguration',
      exitCodes.usage,
      `${path} has ${count}.`,
      formatProblems(problems, path),
    );
  });
}
