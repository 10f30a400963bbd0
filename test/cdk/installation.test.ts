import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { parse } from 'yaml';
import { clusterFunctionNames, functionNames, machineNames } from '../../cdk/function-names.ts';
import { readInstallation } from '../../cdk/installation.ts';
import { SluiceStack } from '../../cdk/stacks/sluice-stack.ts';

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}
interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

let folder: string;
let template: Template;
beforeAll(() => {
  process.env.CDK_VALIDATION = 'false';
  folder = mkdtempSync(join(tmpdir(), 'sluice-cdk-'));
  writeFileSync(join(folder, 'index.mjs'), 'export const handler = async () => {};');
  const app = new App({ analyticsReporting: false });
  const installation = readInstallation(() => undefined);
  const stack = new SluiceStack(app, installation.name, { installation, codeOf: () => Code.fromAsset(folder) });
  template = Template.fromStack(stack);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// A template's resources have this shape.
const resources = (type: string) => Object.entries(template.findResources(type)) as [string, Resource][];
const many = (value: string | string[]) => (Array.isArray(value) ? value : [value]);

/** The function's name as installed, without the installation's prefix. */
const functionOf = ({ Properties }: Resource) => String(Properties.FunctionName).replace(/^sluice-/, '');

/** What each function's role may do, by the function's name. */
function permissions(): Map<string, Statement[]> {
  const roles = new Map(
    resources('AWS::Lambda::Function').map(([, resource]) => {
      const role = resource.Properties.Role as { 'Fn::GetAtt': [string, string] }; // a role of this stack
      return [role['Fn::GetAtt'][0], functionOf(resource)] as const;
    }),
  );
  const found = new Map<string, Statement[]>();
  for (const [, { Properties }] of resources('AWS::IAM::Policy')) {
    const { Statement } = Properties.PolicyDocument as { Statement: Statement[] }; // IAM's policy language
    for (const { Ref } of Properties.Roles as { Ref: string }[]) {
      const name = roles.get(Ref);
      if (name) found.set(name, [...(found.get(name) ?? []), ...Statement]);
    }
  }
  return found;
}

describe('the installation on AWS', () => {
  it('has every function, on the runtime that the project targets, each with a role of its own', () => {
    const functions = resources('AWS::Lambda::Function');

    expect(functions.map(([, resource]) => functionOf(resource)).sort()).toEqual([...functionNames].sort());
    expect(new Set(functions.map(([, { Properties }]) => JSON.stringify(Properties.Role))).size).toBe(functions.length);
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
  });

  it('grants no action by a wildcard, and lets only those that enter the cluster ask where it is', () => {
    const granted = permissions();

    expect(granted.size).toBe(functionNames.length);
    for (const [name, statements] of granted) {
      const actions = statements.flatMap(({ Action }) => many(Action));
      expect([name, actions.filter((action) => action.includes('*'))]).toEqual([name, []]);
      const entersCluster = clusterFunctionNames.some((one) => one === name);
      expect([name, actions.includes('eks:DescribeCluster')]).toEqual([name, entersCluster]);
    }
  });

  it('gives Kubernetes groups to exactly the functions that enter the cluster, and none of them is public', () => {
    const entries = resources('AWS::EKS::AccessEntry');
    const withoutApi = ['github-webhook', 'alertmanager-webhook', 'approvals'];

    expect(entries.length).toBe(clusterFunctionNames.length * 2);
    for (const name of withoutApi) expect(clusterFunctionNames as readonly string[]).not.toContain(name);
  });

  it('encrypts and keeps the records: own key, point-in-time recovery, protection against deletion', () => {
    const [[, table] = ['', undefined]] = resources('AWS::DynamoDB::Table');

    expect(table?.Properties).toMatchObject({
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
      BillingMode: 'PAY_PER_REQUEST',
    });
  });

  it('throttles each route, and asks for a token on each route of the control API', () => {
    const routes = resources('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
    const [[, stage] = ['', undefined]] = resources('AWS::ApiGatewayV2::Stage');
    const settings = Object.keys((stage?.Properties.RouteSettings ?? {}) as object);

    expect(settings.sort()).toEqual(routes.map(({ RouteKey }) => String(RouteKey)).sort());
    for (const { RouteKey, AuthorizationType } of routes) {
      const isControl = / \/api/.test(String(RouteKey));
      expect([RouteKey, AuthorizationType]).toEqual([RouteKey, isControl ? 'JWT' : 'NONE']);
    }
    expect(resources('AWS::Lambda::Url')).toEqual([]);
  });

  it('installs the machines from their files, with every reference filled in', () => {
    const machines = resources('AWS::StepFunctions::StateMachine');

    expect(machines).toHaveLength(3);
    for (const [, { Properties }] of machines) {
      const text = JSON.stringify(Properties.DefinitionString ?? Properties.Definition);
      expect(text).toContain('StartAt');
      expect(text).not.toMatch(/\$\{(?:release|operation|observe|act|return-traffic|notify|rollback|standby)\}/);
    }
  });

  it('lets no function run longer than API Gateway, or the shortest task that calls it, waits (I11)', () => {
    const http = ['github-webhook', 'alertmanager-webhook', 'approvals', 'api'];
    const patience = new Map<string, number>(http.map((name) => [name, 30]));
    for (const machine of machineNames) {
      for (const { TimeoutSeconds, Arguments } of tasksOf(machine)) {
        const name = /^\$\{([\w-]+)\}$/.exec(Arguments?.FunctionName ?? '')?.[1];
        if (name === undefined || typeof TimeoutSeconds !== 'number') continue;
        patience.set(name, Math.min(patience.get(name) ?? Number.POSITIVE_INFINITY, TimeoutSeconds));
      }
    }
    for (const [, resource] of resources('AWS::Lambda::Function')) {
      const name = functionOf(resource);
      const longest = patience.get(name);
      if (longest === undefined) continue;
      expect([name, Number(resource.Properties.Timeout) < longest]).toEqual([name, true]);
    }
    expect(patience.size).toBe(functionNames.length - 1);
  });
});

interface TaskState {
  TimeoutSeconds?: unknown;
  Arguments?: { FunctionName?: string };
}

/** The states of a machine, from its file. */
function tasksOf(machine: string): TaskState[] {
  const file = join(import.meta.dirname, '..', '..', 'statemachines', machine, 'definition.asl.yaml');
  const { States } = parse(readFileSync(file, 'utf8')) as { States: Record<string, TaskState> }; // Amazon States Language
  return Object.values(States);
}

describe('a wrong configuration', () => {
  it('fails the synthesis with every problem, its path and its line', () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'mail: { from: nobody }\nservices:\n  - name: Not A Label\n');

    const read = () => readInstallation((key) => (key === 'configuration' ? file : undefined));

    expect(read).toThrow(/mail\.from/);
    expect(read).toThrow(/services\[0\]\.name/);
    expect(read).toThrow(/:3/);
    expect(read).toThrow(/-c issuer=/);
  });
});
