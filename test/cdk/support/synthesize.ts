import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { exampleFile, readInstallation } from '../../../cdk/installation.ts';
import { addClusterAccessStacks } from '../../../cdk/stacks/cluster-access-stack.ts';
import { SluiceStack } from '../../../cdk/stacks/sluice-stack.ts';

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
 * Synthesizes the example with cdk-nag, and throws what cdk-nag finds. The packages of the functions are a stub (bundle.test.ts
 * builds the real ones).
 *
 * @param stack which one; Sluice's own without it.
 */
export function synthesize(context: Readonly<Record<string, string>> = {}, stack?: string): Template {
  const outdir = mkdtempSync(join(tmpdir(), 'sluice-cdk-'));
  try {
    const { assembly, installation } = assemble(outdir, context);
    // A template as CDK writes it.
    const { Resources } = assembly.getStackByName(stack ?? installation.name).template as {
      Resources: RawResources;
    };
    return templateOf(
      Object.entries(Resources).map(
        ([id, { Type, Properties = {}, DeletionPolicy, UpdateReplacePolicy, DependsOn = [] }]) => ({
          id,
          type: Type,
          // Flattening keeps an object an object.
          properties: flatten(Properties) as Resource['properties'],
          deletionPolicy: DeletionPolicy,
          replacePolicy: UpdateReplacePolicy,
          dependsOn: DependsOn,
        }),
      ),
    );
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** Whether CloudFormation would refuse to delete Sluice's stack. */
export function isProtected(context: Readonly<Record<string, string>> = {}): boolean {
  const outdir = mkdtempSync(join(tmpdir(), 'sluice-cdk-'));
  try {
    const { assembly, installation } = assemble(outdir, context);
    return assembly.getStackByName(installation.name).terminationProtection ?? false;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** Leaves every template of the example, with this context, in a folder, as CDK writes them. @returns their paths. */
export function writeTemplates(outdir: string, context: Readonly<Record<string, string>>): string[] {
  return assemble(outdir, context).assembly.stacks.map(({ templateFullPath }) => templateFullPath);
}

function assemble(outdir: string, context: Readonly<Record<string, string>>) {
  process.env.CDK_VALIDATION = 'false';
  const app = new App({ analyticsReporting: false, outdir, context: { configuration: exampleFile, ...context } });
  const installation = readInstallation((key) => app.node.tryGetContext(key));
  const stub = Code.fromAsset(join(import.meta.dirname, 'stub'));
  const sluice = new SluiceStack(app, installation.name, { installation, codeOf: () => stub });
  addClusterAccessStacks(app, installation, sluice);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { assembly: app.synth(), installation };
}

type RawResources = Record<
  string,
  {
    Type: string;
    Properties?: object;
    DeletionPolicy?: string;
    UpdateReplacePolicy?: string;
    DependsOn?: readonly string[];
  }
>;

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

function flatten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flatten);
  if (typeof value !== 'object' || value === null) return value;
  if ('Ref' in value) return `<${value.Ref}>`;
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [delimiter, parts] = value['Fn::Join'];
    // What CloudFormation computes of others stays legible.
    const texts = parts.map(flatten).map((part: unknown) => (typeof part === 'string' ? part : JSON.stringify(part)));
    return texts.join(delimiter);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, flatten(inner)]));
}
