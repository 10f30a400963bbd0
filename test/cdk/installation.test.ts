import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { functionNames, machineFunctionNames, machineNames } from '../../cdk/function-names.ts';
import { readDefinition } from '../../statemachines/read-definition.ts';
import { protectedStacks, type Resource, synthesize, type Template } from './support/synthesize.ts';

const root = join(import.meta.dirname, '..', '..');

interface Task {
  readonly TimeoutSeconds?: unknown;
  readonly Arguments?: { readonly FunctionName?: string; readonly StateMachineArn?: string };
}
interface Definition {
  readonly TimeoutSeconds: number;
  readonly States: Readonly<Record<string, Task>>;
}

/** A machine's definition as its file and fragments have it, with `${name}` for ARNs. */
const definitionFile = (machine: string) =>
  // Amazon States Language
  readDefinition(join(root, 'statemachines', machine, 'definition.asl.yaml')) as unknown as Definition;
const tasksOf = ({ States }: Definition) => Object.entries(States);

describe('the installation on AWS', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize();
  });
  const only = (type: string): Resource => {
    const [resource, ...more] = template.ofType(type);
    if (resource === undefined || more.length > 0) throw new Error(`There is not exactly one ${type}.`);
    return resource;
  };
  const machine = (name: string): Resource => {
    const found = template
      .ofType('AWS::StepFunctions::StateMachine')
      .find(({ properties }) => properties.StateMachineName === `sluice-${name}`);
    if (found === undefined) throw new Error(`There is no machine ${name}.`);
    return found;
  };
  const installed = (name: string) => JSON.parse(machine(name).properties.DefinitionString) as Definition;

  describe('what is kept', () => {
    it('is encrypted with the installation’s own key, which rotates', () => {
      const [key] = template.ofType('AWS::KMS::Key').filter(({ properties }) => properties.KeySpec === undefined);
      if (key === undefined) throw new Error('There is no key that encrypts.');
      const arn = `<${key.id}.Arn>`;

      expect(key.properties.EnableKeyRotation).toBe(true);
      expect(only('AWS::DynamoDB::Table').properties.SSESpecification).toEqual({
        SSEEnabled: true,
        SSEType: 'KMS',
        KMSMasterKeyId: arn,
      });
      expect(only('AWS::SNS::Topic').properties.KmsMasterKeyId).toBe(arn);
      for (const { properties } of [
        ...template.ofType('AWS::Logs::LogGroup'),
        ...template.ofType('AWS::SecretsManager::Secret'),
      ]) {
        expect(properties.KmsKeyId).toBe(arn);
      }
      for (const { properties } of template.ofType('AWS::SQS::Queue')) {
        expect(properties.SqsManagedSseEnabled).toBe(true);
      }
    });

    it('survives the deletion of the stack, but not a first deployment that failed: records, secrets, logs, machines and keys', () => {
      for (const type of [
        'AWS::KMS::Key',
        'AWS::DynamoDB::Table',
        'AWS::SecretsManager::Secret',
        'AWS::Logs::LogGroup',
        'AWS::StepFunctions::StateMachine',
      ]) {
        const policies = template.ofType(type).map(({ deletionPolicy }) => deletionPolicy);
        expect([type, new Set(policies)]).toEqual([type, new Set(['RetainExceptOnCreate'])]);
      }
      const versions = template.ofType('AWS::Lambda::Version').map(({ deletionPolicy }) => deletionPolicy);
      expect(new Set(versions)).toEqual(new Set(['Retain']));
    });

    it('survives its replacement', () => {
      const kept = template.resources.filter(({ deletionPolicy }) => deletionPolicy === 'RetainExceptOnCreate');

      expect(kept.length).toBeGreaterThan(10);
      expect(kept.map(({ id, replacePolicy }) => [id, replacePolicy])).toEqual(kept.map(({ id }) => [id, 'Retain']));
    });

    it('leaves nothing behind that keeps a name, where the first deployment is not protected', () => {
      const first = synthesize({ protection: 'off' });

      // A log or a table of this name could not be made again.
      expect(
        first.resources.filter(
          ({ type, deletionPolicy }) => deletionPolicy === 'Retain' && type !== 'AWS::Lambda::Version',
        ),
      ).toEqual([]);
      expect(first.ofType('AWS::DynamoDB::Table')[0]?.properties.DeletionProtectionEnabled).toBe(false);
      expect([protectedStacks({ protection: 'off' }), protectedStacks()]).toEqual([[], ['sluice-data', 'sluice']]);
    });

    it('can be brought back to any second, and the records leave by their own time', () => {
      expect(only('AWS::DynamoDB::Table').properties).toMatchObject({
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      });
    });

    it('has its end: every log has a retention', () => {
      for (const { id, properties } of template.ofType('AWS::Logs::LogGroup')) {
        expect([id, properties.RetentionInDays > 0]).toEqual([id, true]);
      }
    });
  });

  describe('the functions', () => {
    it('run on Node 24 and arm64, traced, and have no address of their own', () => {
      for (const name of functionNames) {
        expect(template.lambda(name).properties).toMatchObject({
          Runtime: 'nodejs24.x',
          Architectures: ['arm64'],
          TracingConfig: { Mode: 'Active' },
        });
      }
      expect(template.ofType('AWS::Lambda::Url')).toEqual([]);
    });

    it('keep events that they could not handle', () => {
      const called = new Set(
        template
          .ofType('AWS::Events::Rule')
          // Asks for nothing, so that there is nothing to keep.
          .filter(({ properties }) => !['sluice-keep-warm', 'sluice-tokens'].includes(properties.Name))
          .flatMap(({ properties }) => properties.Targets.map(({ Arn }: { Arn: string }) => Arn)),
      );
      const aliases = template.ofType('AWS::Lambda::Alias').filter(({ id }) => called.has(`<${id}>`));

      expect(aliases).toHaveLength(2);
      for (const { properties } of aliases) {
        const lambda = template.resources.find(({ id }) => `<${id}>` === properties.FunctionName);
        expect(lambda?.properties.DeadLetterConfig.TargetArn).toMatch(/^<.+\.Arn>$/);
      }
    });

    it('find room for an alert and its return when everything else floods', () => {
      for (const name of ['alertmanager-webhook', 'return-traffic']) {
        expect(template.lambda(name).properties.ReservedConcurrentExecutions).toBeGreaterThanOrEqual(5);
      }
    });
  });

  describe.each(machineNames)('the %s machine', (name) => {
    it('is its file with ARNs: the version just published for a function, the machine for a machine', () => {
      const filled = tasksOf(installed(name));

      expect(filled.map(([state]) => state)).toEqual(Object.keys(definitionFile(name).States));
      for (const [state, task] of tasksOf(definitionFile(name))) {
        const { FunctionName, StateMachineArn } = installed(name).States[state]?.Arguments ?? {};
        const wanted = /^\$\{([\w-]+)\}$/.exec(task.Arguments?.FunctionName ?? '')?.[1];
        if (wanted !== undefined) {
          const version = template.resources.find(({ id }) => `<${id}>` === FunctionName);
          expect([state, version?.type]).toEqual([state, 'AWS::Lambda::Version']);
          expect(version?.properties.FunctionName).toBe(`<${template.lambda(wanted).id}>`);
        }
        if (task.Arguments?.StateMachineArn !== undefined) {
          const started = task.Arguments.StateMachineArn.slice(2, -1);
          expect(StateMachineArn).toMatch(new RegExp(`:stateMachine:sluice-${started}$`));
        }
      }
    });

    it('may invoke what it names, in every version, and start what it starts, and nothing else', () => {
      const named = new Set(
        tasksOf(definitionFile(name)).map(([, { Arguments }]) => Arguments?.FunctionName?.slice(2, -1)),
      );
      const started = new Set(
        tasksOf(definitionFile(name)).map(([, { Arguments }]) => Arguments?.StateMachineArn?.slice(2, -1)),
      );
      const statements = template.statementsOf(machine(name));
      const mayOn = (action: string) =>
        statements.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources);

      expect(mayOn('lambda:InvokeFunction').sort()).toEqual(
        machineFunctionNames
          .filter((other) => named.has(other))
          .map((other) => `<${template.lambda(other).id}.Arn>:*`)
          .sort(),
      );
      expect(
        mayOn('states:StartExecution')
          .map((arn) => arn.split('sluice-').at(-1))
          .sort(),
      ).toEqual(machineNames.filter((other) => started.has(other)).sort());
    });

    it('tells its log everything but the data, which holds task tokens', () => {
      expect(machine(name).properties.LoggingConfiguration).toMatchObject({
        Level: 'ALL',
        IncludeExecutionData: false,
      });
      expect(machine(name).properties.TracingConfiguration).toEqual({ Enabled: true });
    });
  });

  it('gives up a function before its task, and a task before its machine (I11)', () => {
    const shortest = new Map<string, number>();
    for (const definition of machineNames.map(definitionFile)) {
      for (const [, { TimeoutSeconds, Arguments }] of tasksOf(definition)) {
        if (typeof TimeoutSeconds !== 'number') continue;
        expect(TimeoutSeconds).toBeLessThan(definition.TimeoutSeconds);
        const name = Arguments?.FunctionName?.slice(2, -1);
        if (name !== undefined) shortest.set(name, Math.min(shortest.get(name) ?? TimeoutSeconds, TimeoutSeconds));
      }
    }

    expect([...shortest.keys()].sort()).toEqual([...machineFunctionNames].sort());
    for (const [name, seconds] of shortest) {
      expect([name, template.lambda(name).properties.Timeout < seconds]).toEqual([name, true]);
    }
  });

  it('calls the way back often enough that Lambda does not reclaim its network, to do nothing', () => {
    const { id, properties } =
      template.ofType('AWS::Events::Rule').find(({ properties: { Name } }) => Name === 'sluice-keep-warm') ?? {};
    const live = template
      .ofType('AWS::Lambda::Alias')
      .find(({ properties: { FunctionName } }) => FunctionName === `<${template.lambda('return-traffic').id}>`);
    const permitted = template
      .ofType('AWS::Lambda::Permission')
      .filter(({ properties: { FunctionName } }) => FunctionName === `<${live?.id}>`);

    // Lambda waits for 14 days.
    expect(properties).toMatchObject({ ScheduleExpression: 'rate(1 day)', State: 'ENABLED' });
    expect(properties?.Targets).toEqual([
      expect.objectContaining({ Arn: `<${live?.id}>`, Input: '{"action":"keep-warm"}' }),
    ]);
    expect(permitted.map(({ properties: { Principal, SourceArn } }) => [Principal, SourceArn])).toEqual([
      ['events.amazonaws.com', `<${id}.Arn>`],
    ]);
  });

  it('has who uses a token of GitHub look how long it lasts', () => {
    const { properties } =
      template.ofType('AWS::Events::Rule').find(({ properties: { Name } }) => Name === 'sluice-tokens') ?? {};
    const liveOf = (name: string) =>
      template
        .ofType('AWS::Lambda::Alias')
        .find(({ properties: { FunctionName } }) => FunctionName === `<${template.lambda(name).id}>`)?.id;

    expect(properties).toMatchObject({ ScheduleExpression: 'rate(12 hours)', State: 'ENABLED' });
    expect(properties?.Targets).toEqual(
      ['act', 'release'].map((name) =>
        expect.objectContaining({ Arn: `<${liveOf(name)}>`, Input: '{"action":"look-at-token"}' }),
      ),
    );
  });

  it('calls the guardian for each machine’s bad ends, and keeps what could not be delivered', () => {
    const rule = template.ofType('AWS::Events::Rule').find(({ properties }) => properties.Name === 'sluice-guardian');

    const { status, stateMachineArn } = rule?.properties.EventPattern.detail ?? {};
    expect(status).toEqual(['FAILED', 'TIMED_OUT', 'ABORTED']);
    expect(stateMachineArn.map((arn: string) => arn.split('sluice-').at(-1))).toEqual([...machineNames]);
    expect(rule?.properties.Targets[0].DeadLetterConfig.Arn).toMatch(/^<.+\.Arn>$/);
  });
});
