import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataStackName, exampleFile } from '../../../cdk/installation.ts';
import { assemble } from './assemble.ts';

/** One resource of a template. References are flattened to `<LogicalId>` and `<LogicalId.Attribute>`, joined texts to one text. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  // CloudFormation's own, of each type another: tests read what they assert.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly properties: Readonly<Record<string, any>>;
  readonly deletionPolicy: string | undefined;
  readonly replacePolicy?: string | undefined;
  readonly dependsOn: readonly string[];
}

export interface Template {
  readonly resources: readonly Resource[];
  ofType(type: string): readonly Resource[];
  /** The function of this name, without the installation's prefix. */
  lambda(name: string): Resource;
  /** What the role of a function or a machine may do. */
  statementsOf(resource: Resource): readonly Statement[];
}

export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: unknown;
}

/**
 * The template of the example with this context.
 *
 * @param stack which one; without it Sluice's own two as if they were one, imports of the data stack being what they stand for.
 * @throws what the installation's settings or cdk-nag refuse.
 */
export function synthesize(context: Context = {}, stack?: string): Template {
  const { name = 'sluice' } = context;
  return withAssembly(context, (read) => {
    const wanted = stack === undefined ? [dataStackName({ name }), name] : [stack];
    const templates = wanted.map((one) => templateIn(read, one));
    const exports = new Map(
      templates
        .flatMap(({ Outputs = {} }) => Object.values(Outputs))
        .flatMap(({ Export, Value }) => (Export === undefined ? [] : [[Export.Name, Value] as const])),
    );
    return templateOf(
      templates
        .flatMap(({ Resources }) => Object.entries(Resources))
        .map(([id, { Type, Properties = {}, DeletionPolicy, UpdateReplacePolicy, DependsOn = [] }]) => ({
          id,
          type: Type,
          // Flattening keeps an object an object.
          properties: flatten(Properties, exports) as Resource['properties'],
          deletionPolicy: DeletionPolicy,
          replacePolicy: UpdateReplacePolicy,
          dependsOn: DependsOn,
        })),
    );
  });
}

/** Of the stack with the data: what it exports, by name, with or without the stack that uses it. */
export function dataExports(context: Context = {}): string[] {
  const { name = 'sluice' } = context;
  return withAssembly(context, (read) => {
    const { Outputs = {} } = templateIn(read, dataStackName({ name }));
    return Object.values(Outputs)
      .flatMap(({ Export }) => Export?.Name ?? [])
      .sort();
  });
}

/** Which stacks CloudFormation would refuse to delete. */
export const protectedStacks = (context: Context = {}): string[] =>
  withAssembly(context, (read) => {
    // The manifest as CDK writes it.
    const { artifacts } = read('manifest.json') as { artifacts: Record<string, Artifact> };
    return Object.entries(artifacts).flatMap(([name, { properties }]) =>
      properties?.terminationProtection ? [name] : [],
    );
  });

interface Artifact {
  readonly properties?: { readonly terminationProtection?: boolean };
}

type Read = (file: string) => unknown;

/** A template as CDK writes it. */
const templateIn = (read: Read, stack: string) => read(`${stack}.template.json`) as RawTemplate;

type Context = Readonly<Record<string, string>>;

/** What one file of a run has assembled, the others read: test/support/run-folder.ts. */
function withAssembly<T>(context: Context, use: (read: Read) => T): T {
  const shared = process.env.SLUICE_TEST_RUN;
  const from = shared ?? mkdtempSync(join(tmpdir(), 'sluice-cdk-'));
  try {
    const { configuration = exampleFile } = context;
    const key = createHash('sha256').update(JSON.stringify(context)).update(readFileSync(configuration));
    const folder = join(from, `cdk-${key.digest('hex')}`);
    if (!existsSync(folder)) assembleInto(folder, context);
    return use((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  } finally {
    if (shared === undefined) rmSync(from, { recursive: true });
  }
}

function assembleInto(folder: string, context: Context): void {
  const half = mkdtempSync(`${folder}-`);
  assemble(half, context);
  try {
    renameSync(half, folder);
  } catch (error) {
    // Another file of this run was quicker.
    if (!existsSync(folder)) throw error;
    rmSync(half, { recursive: true });
  }
}

interface RawTemplate {
  readonly Resources: Readonly<
    Record<
      string,
      {
        Type: string;
        Properties?: object;
        DeletionPolicy?: string;
        UpdateReplacePolicy?: string;
        DependsOn?: readonly string[];
      }
    >
  >;
  readonly Outputs?: Readonly<Record<string, { Value: unknown; Export?: { Name: string } }>>;
}

/** The same with other resources: for what counts them. */
export function templateOf(resources: readonly Resource[]): Template {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  return {
    resources,
    ofType,
    lambda(name) {
      const found = ofType('AWS::Lambda::Function').find(
        ({ properties }) => properties.FunctionName === `sluice-${name}`,
      );
      if (found === undefined) throw new Error(`There is no function ${name}.`);
      return found;
    },
    statementsOf({ properties: { Role, RoleArn } }) {
      const role = String(Role ?? RoleArn).replace(/^<|\.Arn>$/g, '');
      return ofType('AWS::IAM::Policy')
        .filter(({ properties }) => properties.Roles.includes(`<${role}>`))
        .flatMap(({ properties }) => properties.PolicyDocument.Statement)
        .map(({ Action, Resource, Condition }) => ({
          actions: [Action].flat(),
          resources: [Resource].flat(),
          condition: Condition ?? null,
        }));
    },
  };
}

/** @param exports what imports stand for, by name. */
function flatten(value: unknown, exports: ReadonlyMap<unknown, unknown>): unknown {
  if (Array.isArray(value)) return value.map((one) => flatten(one, exports));
  if (typeof value !== 'object' || value === null) return value;
  if ('Ref' in value) return `<${value.Ref}>`;
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Fn::ImportValue' in value && exports.has(value['Fn::ImportValue'])) {
    return flatten(exports.get(value['Fn::ImportValue']), exports);
  }
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [delimiter, parts] = value['Fn::Join'];
    // What CloudFormation computes of others stays legible.
    const flat = parts.map((one: unknown) => flatten(one, exports));
    return flat.map((part: unknown) => (typeof part === 'string' ? part : JSON.stringify(part))).join(delimiter);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, flatten(inner, exports)]));
}
