import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { bodyFilesOf, missingBodyFiles } from '../../contracts/configuration/body-files.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { configurationWarnings } from '../../contracts/configuration/configuration-warnings.ts';
import { type ParsedConfiguration, parseConfiguration } from '../../contracts/configuration/parse-configuration.ts';
import { stepWarnings } from '../../core/judgement/noticeable.ts';
import { addCommand } from '../options.ts';
import { invalidConfiguration, readConfigurationText, usualConfiguration } from '../read-configuration.ts';
import { routeProblems, routesIn } from '../routes-in-file.ts';
import { type OutputFlags, print } from '../session.ts';
import type { World } from '../world.ts';

interface ValidateFlags extends OutputFlags {
  readonly routes?: string;
}

/** `sluice validate`: needs no server. */
export function addValidate(program: Command, world: World): void {
  addCommand(program, {
    name: 'validate [file]',
    summary:
      'Check sluice.yaml. It prints every problem with its line and path, and warns about probable mistakes. It exits with 2 if there is a problem.',
    examples: [
      'validate',
      'validate deploy/sluice.yaml --output json',
      'validate --routes routes.yaml   # kubectl get virtualservices,httproutes,ingresses -A -o yaml > routes.yaml',
    ],
  })
    .option(
      '--routes <file>',
      'the route objects, to check that the weights of each service decide where its traffic goes',
    )
    .action(async (file: string | undefined, flags: ValidateFlags) => {
      const path = file ?? usualConfiguration;
      const parsed = await readEverything(world, path, flags.routes);
      const problems = parsed.ok ? [] : parsed.problems;
      const services = parsed.ok ? parsed.configuration.services.map(({ name }) => name) : [];
      const warnings = parsed.ok ? warningsOf(parsed.configuration) : [];
      print({ world, flags }, { file: path, valid: parsed.ok, services, problems, warnings }, () =>
        parsed.ok ? [`${path} is valid: ${services.join(', ')}`, ...warnings.map((text) => `Warning: ${text}`)] : [],
      );
      if (!parsed.ok) throw invalidConfiguration(path, problems);
    });
}

/** What is probably not meant, and steps that find less than their objectives forbid, or of which nobody knows what they find. */
const warningsOf = (configuration: Configuration): readonly string[] => [
  ...configurationWarnings(configuration),
  ...configuration.services.flatMap((service, index) =>
    stepWarnings(service).map((text) => `services[${index}].${text}`),
  ),
];

/** The configuration, whether the files that it names are there, and whether the routes are such that it can steer them. */
async function readEverything(world: World, path: string, routes: string | undefined): Promise<ParsedConfiguration> {
  const text = await readConfigurationText(world, path);
  const parsed = parseConfiguration(text);
  if (!parsed.ok) return parsed;
  const missing = new Set<string>();
  for (const { file } of bodyFilesOf(parsed.configuration)) {
    await world.readFile(join(dirname(path), file)).catch(() => missing.add(file));
  }
  const problems = [
    ...missingBodyFiles(text, parsed.configuration, (file) => !missing.has(file)),
    ...(routes === undefined
      ? []
      : routeProblems(parsed.configuration, routesIn(await readConfigurationText(world, routes), routes))),
  ];
  return problems.length === 0 ? parsed : { ok: false, problems };
}
