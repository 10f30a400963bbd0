import { existsSync } from 'node:fs';
import { access, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseDocument, parse as parseYaml } from 'yaml';
import { missingBodyFiles } from '../contracts/configuration/body-files.ts';
import type { Configuration } from '../contracts/configuration/configuration.ts';
import { type ConfigurationProblem, parseConfiguration } from '../contracts/configuration/parse-configuration.ts';
import { findPerson } from '../core/approvals/people.ts';
import { packConfiguration } from '../functions/runtime/read-configuration.ts';
import { adoptConfiguration, isForSandbox } from './adopt-configuration.ts';
import { UsageError } from './flags.ts';

/** The sandbox's own configuration, with `${…}` for the addresses. */
export const ownTemplate = join(import.meta.dirname, 'sluice.yaml');

/** The sandbox's own configuration, with objectives that ask Prometheus instead of the router. */
async function withPrometheus(): Promise<string> {
  const document = parseDocument(await readFile(ownTemplate, 'utf8'));
  const objectives = await readFile(join(import.meta.dirname, 'monitoring', 'objectives.yaml'), 'utf8');
  document.setIn(['services', 0, 'objectives'], parseYaml(objectives));
  return document.toString();
}

/** What a template says of everything but addresses. */
export const previewConfiguration = (template: string): Configuration =>
  parse('the configuration', fillIn(template, somewhere()));

/** Stands for addresses that are not known yet; two of them must differ. */
function somewhere(): (name: string) => string {
  const known: string[] = [];
  return (name) => {
    if (!known.includes(name)) known.push(name);
    return `http://127.0.0.1:${known.indexOf(name) + 1}`;
  };
}

/**
 * Reads a configuration before anything is started.
 *
 * @param named a file as it is installed, or in the form of sandbox/sluice.yaml; null for that one.
 * @param options.onNote told what of the file is otherwise in the sandbox, a sentence each.
 * @throws {UsageError} with every problem, or with what the sandbox cannot stand in for.
 */
export async function readTemplate(
  named: string | null,
  options: {
    readonly monitoring: boolean;
    readonly realTime?: boolean;
    readonly onNote?: (note: string) => void;
  },
): Promise<string> {
  const { monitoring, realTime = false, onNote } = options;
  const path = named ?? ownTemplate;
  const read = named === null && monitoring ? withPrometheus() : readFile(path, 'utf8');
  const text = await read.catch((error: Error) => {
    throw new UsageError(`The configuration cannot be read: ${error.message}`);
  });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the file
  if (!monitoring && text.includes('${prometheus}')) {
    throw new UsageError(`${path} reads from \${prometheus}, which only runs with --monitoring.`);
  }
  const configuration = parse(path, fillIn(text, somewhere()));
  refuseMeetings(path, configuration);
  refuseMissing(path, text, configuration);
  if (isForSandbox(text)) return text;
  const adopted = adoptConfiguration(text, configuration, { monitoring, realTime });
  parse(`${path}, as the sandbox would run it,`, fillIn(adopted.text, somewhere()));
  for (const note of adopted.notes) onNote?.(note);
  return adopted.text;
}

/** A check that sends a file would fail only when there is a release. @throws {UsageError} naming each file that is not there. */
function refuseMissing(path: string, text: string, configuration: Configuration): void {
  const folder = dirname(resolve(path));
  // Trust roots are the sandbox's own.
  const bodies = { ...configuration, attestations: { trustRoots: [] } };
  const missing = missingBodyFiles(text, bodies, (file) => existsSync(join(folder, file)));
  if (missing.length > 0) throw new UsageError(`${path}:\n${linesOf(missing)}`);
}

/** One API server is every cluster, so that what is apart in production may meet here. @throws {UsageError} naming it. */
function refuseMeetings(path: string, { services }: Configuration): void {
  const owners = new Map<string, number>();
  const problems = services.flatMap(({ name, traffic, environments }, index) => {
    const { router, route } = traffic;
    const objects = [
      `the route ${route.namespace}/${route.name} (${router})`,
      `the host ${traffic.host ?? name}`,
      ...[environments.blue, environments.green].map(({ application }) => `the Application ${application}`),
    ];
    return objects.flatMap((object) => {
      const owner = owners.get(object);
      owners.set(object, owner ?? index);
      return owner === undefined ? [] : [`  services[${index}] and services[${owner}] have ${object}`];
    });
  });
  if (problems.length === 0) return;
  throw new UsageError(
    `${path}: the sandbox has one cluster, in which these would be the same:\n${problems.join('\n')}\nGive them different names, or start it with one of the services.`,
  );
}

/** Sluice's own chart. */
export const ownChart = join(import.meta.dirname, '..', 'charts', 'service');

/**
 * The folder of the chart of every service: what was named, else what `sluice init` has put beside the configuration, else Sluice's own.
 *
 * @throws {UsageError} for a folder that has no chart.
 */
export async function chartFolder({
  chart,
  configuration,
}: {
  readonly chart: string | null;
  readonly configuration: string | null;
}): Promise<string> {
  const isChart = (folder: string): Promise<boolean> =>
    access(join(folder, 'Chart.yaml')).then(
      () => true,
      () => false,
    );
  if (chart !== null) {
    if (await isChart(chart)) return resolve(chart);
    throw new UsageError(`--chart ${chart}: there is no Chart.yaml in this folder.`);
  }
  const beside = configuration === null ? null : join(dirname(resolve(configuration)), 'deploy', 'chart');
  return beside !== null && (await isChart(beside)) ? beside : ownChart;
}

/**
 * The mail address of who operates the sandbox: whoever `named` (mail, GitHub login or sign-in name) is, else the first of `people`.
 *
 * @param template what `readTemplate` read.
 * @throws {UsageError} for somebody who is not among them, since Sluice would refuse whatever they ask for.
 */
export function operatorOf(template: string, named: string | undefined): string {
  const { people } = previewConfiguration(template);
  const operator = named ? findPerson(people, named) : people[0];
  if (operator) return operator.mail;
  // A configuration has people: approvers are.
  throw new UsageError(
    `SLUICE_USER is ${named}, who is not among people of the configuration: ${people.map(({ mail }) => mail).join(', ')}. Set it to one of them, or unset it.`,
  );
}

/**
 * Writes `DATA/sluice.yaml`, the configuration with the addresses of this run, and `DATA/sluice.json`, which functions read.
 *
 * @param folder where the files are that health checks send; null where none is.
 */
export async function writeConfiguration(
  dataDir: string,
  { template, folder }: { readonly template: string; readonly folder: string | null },
  addresses: Readonly<Record<string, string>>,
): Promise<{ file: string; configuration: Configuration }> {
  const text = fillIn(template, (name) => addresses[name]);
  const configuration = parse('the configuration', text);
  await writeFile(join(dataDir, 'sluice.yaml'), text);
  const file = join(dataDir, 'sluice.json');
  await writeFile(file, packConfiguration(configuration));
  const bodies = configuration.services.flatMap(({ health }) =>
    health.checks.flatMap(({ bodyFile }) => bodyFile ?? []),
  );
  for (const body of new Set(folder === null ? [] : bodies)) {
    await mkdir(dirname(join(dataDir, body)), { recursive: true });
    await copyFile(join(folder ?? '.', body), join(dataDir, body));
  }
  return { file, configuration };
}

const fillIn = (template: string, addressOf: (name: string) => string | undefined): string =>
  template.replace(/\$\{(\w+)\}/g, (placeholder, name: string) => addressOf(name) ?? placeholder);

function parse(name: string, text: string): Configuration {
  const parsed = parseConfiguration(text);
  if (parsed.ok) return parsed.configuration;
  throw new UsageError(`${name} is not valid:\n${linesOf(parsed.problems)}`);
}

const linesOf = (problems: readonly ConfigurationProblem[]): string =>
  problems.map(({ path, line, message }) => `  line ${line} ${path}: ${message}`).join('\n');
