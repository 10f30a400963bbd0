import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument, parse as parseYaml } from 'yaml';
import type { Configuration } from '../contracts/configuration/configuration.ts';
import { parseConfiguration } from '../contracts/configuration/parse-configuration.ts';
import { findPerson } from '../core/approvals/people.ts';
import { packConfiguration } from '../functions/runtime/read-configuration.ts';
import { UsageError } from './flags.ts';

/** The sandbox's own configuration; somebody else's is written in the same form, with `${…}` for the addresses. */
export const ownTemplate = join(import.meta.dirname, 'sluice.yaml');

/** What of a service the sandbox's stand-ins are made for, so that another configuration has to leave it as it is. */
const given = ['name', 'repository', 'cluster', 'gitops', 'environments'] as const;

/** The sandbox's own configuration, with objectives that ask Prometheus instead of the router. */
async function withPrometheus(): Promise<string> {
  const document = parseDocument(await readFile(ownTemplate, 'utf8'));
  const objectives = await readFile(join(import.meta.dirname, 'monitoring', 'objectives.yaml'), 'utf8');
  document.setIn(['services', 0, 'objectives'], parseYaml(objectives));
  return document.toString();
}

/** What a template says of everything but addresses. */
export const previewConfiguration = (template: string): Configuration =>
  parse('the configuration', fillIn(template, somewhere));

/** Stands for an address that is not known yet; two of them must differ. */
const somewhere = (name: string): string => `http://127.0.0.1:1/${name}`;

/**
 * Reads a configuration before anything is started.
 *
 * @param named a file in the form of sandbox/sluice.yaml; null for that one.
 * @throws {UsageError} with every problem, or with what the sandbox cannot stand in for.
 */
export async function readTemplate(
  named: string | null,
  { monitoring }: { readonly monitoring: boolean },
): Promise<string> {
  const path = named ?? ownTemplate;
  const read = named === null && monitoring ? withPrometheus() : readFile(path, 'utf8');
  const text = await read.catch((error: Error) => {
    throw new UsageError(`The configuration cannot be read: ${error.message}`);
  });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the file
  if (!monitoring && text.includes('${prometheus}')) {
    throw new UsageError(`${path} reads from \${prometheus}, which only runs with --monitoring.`);
  }
  const { services } = parse(path, fillIn(text, somewhere));
  const own = parse(ownTemplate, fillIn(await readFile(ownTemplate, 'utf8'), somewhere)).services;
  const known = own[0];
  const [service] = services;
  const changed = given.filter((field) => JSON.stringify(service?.[field]) !== JSON.stringify(known?.[field]));
  if (services.length !== 1 || changed.length > 0) {
    const what = services.length === 1 ? `services[0].${changed.join(', services[0].')}` : 'services';
    throw new UsageError(
      `${path}: the sandbox has one service, ${known?.name}; leave ${what} as in sandbox/sluice.yaml, and change the rest.`,
    );
  }
  return text;
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

/** Writes `DATA/sluice.yaml`, the configuration with the addresses of this run, and `DATA/sluice.json`, which functions read. */
export async function writeConfiguration(
  dataDir: string,
  template: string,
  addresses: Readonly<Record<string, string>>,
): Promise<{ file: string; configuration: Configuration }> {
  const text = fillIn(template, (name) => addresses[name]);
  const configuration = parse('the configuration', text);
  await writeFile(join(dataDir, 'sluice.yaml'), text);
  const file = join(dataDir, 'sluice.json');
  await writeFile(file, packConfiguration(configuration));
  return { file, configuration };
}

const fillIn = (template: string, addressOf: (name: string) => string | undefined): string =>
  template.replace(/\$\{(\w+)\}/g, (placeholder, name: string) => addressOf(name) ?? placeholder);

function parse(name: string, text: string): Configuration {
  const parsed = parseConfiguration(text);
  if (parsed.ok) return parsed.configuration;
  const problems = parsed.problems.map(({ path, line, message }) => `  line ${line} ${path}: ${message}`).join('\n');
  throw new UsageError(`${name} is not valid:\n${problems}`);
}
