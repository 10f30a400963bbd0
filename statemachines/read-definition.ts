import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';

const fragments = join(import.meta.dirname, 'fragments');

const statesSchema = z.record(z.string(), z.record(z.string(), z.unknown()));
const parametersSchema = z.record(z.string(), z.string());
const definitionSchema = z.looseObject({
  Parameters: parametersSchema.default({}),
  Fragments: z.record(z.string(), parametersSchema).default({}),
  States: statesSchema,
});
const fragmentSchema = z.strictObject({ Comment: z.string(), States: statesSchema });

/** A state machine in Amazon States Language. */
export interface Definition {
  readonly States: Readonly<z.output<typeof statesSchema>>;
  readonly [field: string]: unknown;
}

/**
 * Reads a machine's definition and puts the states of its fragments in, so that plain Amazon States Language comes out. How they are
 * written is in this folder's README.
 *
 * @param arnOf the ARN for `${name}`, a function or a machine; left out, `${name}` stays as it is.
 * @throws {Error} when a fragment needs a parameter that it is not given, is given one that it does not take, or has a state that is
 *   there already.
 *
 * @example
 * readDefinition('statemachines/deployment/definition.asl.yaml', (name) => arns[name])
 */
export function readDefinition(file: string, arnOf = (name: string): string => `\${${name}}`): Definition {
  const { Parameters, Fragments, States, ...head } = definitionSchema.parse(parseFile(file));
  const shared = z.record(z.string(), z.unknown()).parse(parseFile(join(fragments, 'values.yaml')));
  const parts = [
    { where: file, states: States, given: {} },
    ...Object.entries(Fragments).map(([name, given]) => {
      const where = join(fragments, `${name}.asl.yaml`);
      return { where, states: fragmentSchema.parse(parseFile(where)).States, given };
    }),
  ];

  const assembled = new Map<string, Record<string, unknown>>();
  const everUsed = new Set<string>();
  for (const { where, states, given } of parts) {
    const values: Record<string, unknown> = { ...shared, ...Parameters, ...given };
    const used = new Set<string>();
    const filled = fillIn(states, arnOf, (name) => {
      if (!Object.hasOwn(values, name)) throw new Error(`${where} needs <${name}>, which ${file} does not give.`);
      used.add(name);
      return values[name];
    });
    refuseUnused(given, used, `${file} gives to ${where}`);
    for (const [name, state] of Object.entries(statesSchema.parse(filled))) {
      if (assembled.has(name)) throw new Error(`${where} has the state ${name}, which ${file} has already.`);
      assembled.set(name, state);
    }
    for (const name of used) everUsed.add(name);
  }
  refuseUnused(Parameters, everUsed, `${file} has among its Parameters`);
  return { ...head, States: Object.fromEntries(assembled) };
}

const parseFile = (file: string): unknown => parse(readFileSync(file, 'utf8'));

/** Replaces each text that is nothing but `${name}` or `<name>`, and what comes in its place likewise. */
function fillIn(value: unknown, arnOf: (name: string) => string, lookUp: (name: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => fillIn(item, arnOf, lookUp));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillIn(item, arnOf, lookUp)]));
  }
  if (typeof value !== 'string') return value;
  const { arn, name } = /^(\$\{(?<arn>[\w-]+)\}|<(?<name>[\w-]+)>)$/.exec(value)?.groups ?? {};
  if (arn !== undefined) return arnOf(arn);
  return name === undefined ? value : fillIn(lookUp(name), arnOf, lookUp);
}

function refuseUnused(given: Readonly<Record<string, string>>, used: ReadonlySet<string>, what: string): void {
  const unused = Object.keys(given).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`${what} ${unused.join(', ')}, which nothing takes.`);
}

/** Prints what is installed: `node statemachines/read-definition.ts statemachines/deployment/definition.asl.yaml`. */
if (import.meta.main) {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error('usage: node statemachines/read-definition.ts FILE');
  process.stdout.write(`${JSON.stringify(readDefinition(file), null, 2)}\n`);
}
