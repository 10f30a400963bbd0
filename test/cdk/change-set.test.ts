import { App } from 'aws-cdk-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ChangeSet, changeSetSchema, irreplaceable, judgeChangeSet, stackPolicy } from '../../cdk/change-set.ts';
import { readExample } from '../../cdk/installation.ts';
import { DataStack } from '../../cdk/stacks/data-stack.ts';
import { dataExports, synthesize, type Template } from './support/synthesize.ts';

/** By stack, for the example. Whoever changes a line loses what the line names, or has to move it first (docs/operations.md). */
const logicalIds: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'sluice-data': {
    'AWS::DynamoDB::Table': ['RecordsTableC9B7A30B'],
    'AWS::S3::Bucket': ['AuditBucket7486E833'],
    'AWS::KMS::Key': ['Key9BCD29C7', 'Sealsaudit4C82D445', 'Sealsdecisions94E51B39'],
    'AWS::SecretsManager::Secret': [
      'SecretsalertmanagerToken95F04848',
      'SecretsgithubReader71923686',
      'SecretsgithubTokenC88902C4',
      'SecretsgithubWebhookC9429FF6',
    ],
  },
  sluice: {
    'AWS::Logs::LogGroup': [
      'FunctionsactLogF931B854',
      'FunctionsalertmanagerwebhookLogD69F4715',
      'FunctionsapioperateLogBE808200',
      'FunctionsapireadLogDC45F222',
      'FunctionsapprovalsLogBB4C5055',
      'FunctionsgithubwebhookLog46395A0C',
      'FunctionsguardianLogEB51E171',
      'FunctionsnotifyLog07DD3B56',
      'FunctionsobserveLogDA0FF4BC',
      'FunctionsoperationLog18EA25FD',
      'FunctionsplanLogB060D729',
      'FunctionsreleaseLog7C5C1415',
      'FunctionsreturntrafficLog36C24249',
      'FunctionswatchLog6DF78F23',
      'HttpAccessLogC8763DB1',
      'Machinesdeploymentlog254E5840',
      'Machinesrollbacklog6F6DB2BF',
      'Machinesstandbylog46AC36B4',
      'Machinestrafficlog567888AB',
    ],
    'AWS::StepFunctions::StateMachine': [
      'Machinesdeployment79E5CFBE',
      'Machinesrollback61432DEB',
      'MachinesstandbyBA1F7D87',
      'Machinestraffic7DD74E49',
    ],
    'AWS::SNS::Topic': ['PagesTopic7E8CFB07'],
    'AWS::SQS::Queue': [
      'EventsUndelivered2E07DD0B',
      'FunctionsguardianDeadLetters93BB247D',
      'FunctionswatchDeadLettersB2E340BD',
      'GuardianUndelivered1B661E47',
    ],
    'AWS::Events::EventBus': ['EventsBus45DE4339'],
    'AWS::SES::EmailIdentity': ['MailIdentity4EC7C521'],
    'AWS::ApiGatewayV2::Api': ['HttpApi4E1D4184'],
  },
};

/** A change set of the data stack, as describe-change-set prints it. */
const changeSet = (...changes: object[]): ChangeSet =>
  changeSetSchema.parse({
    StackName: 'sluice-data',
    StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/sluice-data/0a1b',
    Status: 'CREATE_COMPLETE',
    StatusReason: null,
    ExecutionStatus: 'AVAILABLE',
    NextToken: null,
    Changes: changes.map((ResourceChange) => ({ Type: 'Resource', ResourceChange })),
  });
const table = (change: object) => ({
  LogicalResourceId: 'RecordsTableC9B7A30B',
  PhysicalResourceId: 'sluice',
  ResourceType: 'AWS::DynamoDB::Table',
  ...change,
});

describe('a change set', () => {
  it.each([
    ['adds to it', { Action: 'Add' }],
    ['changes it where it is', { Action: 'Modify', Replacement: 'False', Scope: ['Properties', 'Tags'] }],
    ['takes it in', { Action: 'Import' }],
  ])('that %s is harmless', (_, change) => {
    expect(judgeChangeSet(changeSet(table(change)))).toEqual({ kind: 'harmless', changes: 1 });
  });

  it.each([
    ['deletes it', { Action: 'Remove', PolicyAction: 'Delete' }, 'would be deleted'],
    ['lets go of it', { Action: 'Remove', PolicyAction: 'Retain' }, 'would leave the stack: it stays'],
    [
      'replaces it',
      {
        Action: 'Modify',
        Replacement: 'True',
        PolicyAction: 'ReplaceAndRetain',
        Scope: ['Properties'],
        Details: [
          {
            Target: { Attribute: 'Properties', Name: 'TableName', RequiresRecreation: 'Always' },
            Evaluation: 'Static',
          },
          { Target: { Attribute: 'Properties', Name: 'SSESpecification', RequiresRecreation: 'Never' } },
        ],
      },
      'would be replaced, since TableName would change',
    ],
    ['may replace it', { Action: 'Modify', Replacement: 'Conditional' }, 'might be replaced'],
    ['cannot say', { Action: 'Dynamic' }, 'cannot say beforehand'],
    [
      'no longer keeps it',
      { Action: 'Modify', Replacement: 'False', Scope: ['DeletionPolicy'] },
      'its DeletionPolicy would change',
    ],
  ])('that %s is refused: which, why, and what goes with it', (_, change, why) => {
    const verdict = judgeChangeSet(changeSet(table({ Action: 'Add' }), table(change)));

    expect(verdict).toEqual({ kind: 'refused', reasons: [expect.stringContaining(why)] });
    expect(verdict).toMatchObject({
      reasons: [
        expect.stringMatching(/^RecordsTableC9B7A30B \(AWS::DynamoDB::Table sluice\) .*: operations, approvals/),
      ],
    });
  });

  it('passes with what is named, and with nothing else', () => {
    const both = changeSet(table({ Action: 'Remove' }), table({ Action: 'Remove', LogicalResourceId: 'Other' }));

    expect(judgeChangeSet(both, new Set(['RecordsTableC9B7A30B', 'Other']))).toMatchObject({ kind: 'harmless' });
    expect(judgeChangeSet(both, new Set(['RecordsTableC9B7A30B']))).toMatchObject({
      reasons: [expect.stringMatching(/^Other /)],
    });
  });

  it('may replace what can be made again', () => {
    const role = { LogicalResourceId: 'Role', ResourceType: 'AWS::IAM::Role', Action: 'Modify', Replacement: 'True' };

    expect(judgeChangeSet(changeSet(role))).toMatchObject({ kind: 'harmless' });
  });

  it('is not judged before it is complete, and one that changes nothing is no failure', () => {
    const of = (Status: string, StatusReason?: string) => judgeChangeSet({ ...changeSet(), Status, StatusReason });

    expect(of('CREATE_IN_PROGRESS')).toMatchObject({ kind: 'refused' });
    expect(of('FAILED', 'No export named x found.')).toMatchObject({
      reasons: [expect.stringContaining('No export named x found.')],
    });
    expect(
      of(
        'FAILED',
        "The submitted information didn't contain changes. Submit different information to create a change set.",
      ),
    ).toEqual({ kind: 'empty' });
  });
});

describe('what cannot be made again', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize();
  });

  it.each(Object.entries(logicalIds))(
    'has the logical ids in %s that it always had: with others it would be made anew, empty',
    (stack, expected) => {
      const { resources } = synthesize({}, stack);

      const kept = resources.filter(({ type }) => type in irreplaceable);
      const byType = Object.groupBy(kept, ({ type }) => type);
      const found = Object.entries(byType).map(([type, those = []]) => [type, those.map(({ id }) => id).sort()]);
      expect(Object.fromEntries(found)).toEqual(expected);
    },
  );

  it('is the host name and the place in a VPC too, which a flag that is forgotten would take away', () => {
    const flags = {
      certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f',
      vpc: 'vpc-0a1b2c3d',
      subnets: 'subnet-0a1b2c3d',
    };
    const without = new Set(template.resources.map(({ id }) => id));
    const gone = synthesize(flags, 'sluice').resources.filter(({ id }) => !without.has(id));

    const verdict = judgeChangeSet(
      changeSet(
        ...gone.map(({ id, type }) => ({
          Action: 'Remove',
          LogicalResourceId: id,
          ResourceType: type,
          PolicyAction: 'Delete',
        })),
      ),
    );

    expect(verdict).toEqual({
      kind: 'refused',
      reasons: expect.arrayContaining([
        expect.stringMatching(/^\w+ \(AWS::ApiGatewayV2::DomainName\) would be deleted\. .*DNS does not know\.$/),
        expect.stringMatching(/^\w+ \(AWS::ApiGatewayV2::ApiMapping\) would be deleted/),
        expect.stringMatching(/^\w+ \(AWS::EC2::SecurityGroup\) would be deleted/),
      ]),
    });
  });

  it('is whatever stays when a stack goes', () => {
    const kept = template.resources.filter(({ deletionPolicy }) => deletionPolicy === 'RetainExceptOnCreate');

    expect(kept.filter(({ type }) => !(type in irreplaceable))).toEqual([]);
  });

  it('is exported by the data stack itself, so that no export goes with its last use', () => {
    const alone = new App({ analyticsReporting: false });
    const data = new DataStack(alone, readExample());
    // A template as CDK writes it.
    const { Outputs } = alone.synth().getStackByName(data.stackName).template as {
      Outputs: Record<string, { Export?: { Name: string } }>;
    };

    expect(
      Object.values(Outputs)
        .flatMap(({ Export }) => Export?.Name ?? [])
        .sort(),
    ).toEqual(dataExports());
  });

  it('is refused by a stack policy as well, whoever deploys', () => {
    const [allow, deny] = stackPolicy('nothing').Statement;

    expect([allow?.Effect, allow?.Action]).toEqual(['Allow', 'Update:*']);
    expect(deny).toMatchObject({ Effect: 'Deny', Action: ['Update:Replace', 'Update:Delete'], Principal: '*' });
    for (const type of Object.keys(irreplaceable)) {
      expect(deny?.Condition?.StringEquals.ResourceType).toContain(type);
    }
    expect(stackPolicy('everything').Statement).toHaveLength(1);
  });
});
