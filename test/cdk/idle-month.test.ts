import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { idleMonth } from '../../bench/cost/idle-month.ts';
import { prices } from '../../bench/cost/prices.ts';
import { total } from '../../bench/cost/usage.ts';
import { readExample } from '../../cdk/installation.ts';
import { endpointMonth } from '../../cli/doctor/check-aws.ts';
import { interfaceEndpoints } from '../../contracts/configuration/vpc-endpoints.ts';
import { type Resource, synthesize, type Template, templateOf } from './support/synthesize.ts';

const root = join(import.meta.dirname, '..', '..');
const words = ['seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

/** What costs nothing while nobody uses it; everything else has to be counted by idleMonth. */
const freeWhileIdle = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::DynamoDB::Table', // on demand; what it keeps is nothing that a cent has digits for
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::VPCEndpoint', // of gateways only: grants.test.ts
  'AWS::EKS::AccessEntry',
  'AWS::Events::EventBus',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Version',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SES::ConfigurationSet',
  'AWS::SES::ConfigurationSetEventDestination',
  'AWS::SES::EmailIdentity',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::StepFunctions::StateMachine',
];
const counted = [
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Events::Rule',
  'AWS::KMS::Key',
  'AWS::SecretsManager::Secret',
];

describe('what an idle month costs', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize();
  });
  const resource = (type: string, properties: object = {}): Resource => ({
    id: 'Another',
    type,
    properties,
    deletionPolicy: undefined,
    dependsOn: [],
  });
  const dearerWith = (type: string, properties?: object) =>
    total(idleMonth(templateOf([...template.resources, resource(type, properties)]))) - total(idleMonth(template));
  const stat = (id: string) => ({ Id: id, MetricStat: { Stat: 'Sum' } });

  it.each<[string, string, object, number]>([
    ['an alarm', 'AWS::CloudWatch::Alarm', { MetricName: 'Errors' }, prices.cloudWatch.alarmMonth],
    [
      'an alarm on an expression, by the metrics in it',
      'AWS::CloudWatch::Alarm',
      { Metrics: [{ Id: 'sum', Expression: 'a + b + c' }, stat('a'), stat('b'), stat('c')] },
      3 * prices.cloudWatch.alarmMonth,
    ],
    ['a dashboard', 'AWS::CloudWatch::Dashboard', {}, prices.cloudWatch.dashboardMonth],
    ['a key', 'AWS::KMS::Key', {}, prices.kms.keyMonth],
    ['a secret', 'AWS::SecretsManager::Secret', {}, prices.secretsManager.secretMonth],
    ['a rule on events', 'AWS::Events::Rule', { EventPattern: {} }, 0],
  ])('goes up with %s by its price', (_, type, properties, price) => {
    expect(dearerWith(type, properties)).toBeCloseTo(price, 10);
  });

  it('goes up with a timer by what it calls, as often as it calls it', () => {
    const alias = template
      .ofType('AWS::Lambda::Alias')
      .find(({ properties }) => properties.FunctionName === `<${template.lambda('watch').id}>`);
    const timer = { ScheduleExpression: 'rate(10 minutes)', Targets: [{ Arn: `<${alias?.id}>` }] };
    const memory = template.lambda('watch').properties.MemorySize / 1_024;
    const calls = 30 * 24 * 6;

    const { lambda, dynamodb, cloudWatch, trace } = prices;
    const each =
      lambda.request +
      0.5 * memory * lambda.gigabyteSecond +
      6 * dynamodb.readUnit +
      8e-7 * cloudWatch.logGigabyte +
      trace;
    expect(dearerWith('AWS::Events::Rule', timer)).toBeCloseTo(calls * each, 10);
  });

  it('is counted in the template, which has nothing that nobody knows the price of', () => {
    const network = { vpc: 'vpc-0a1b', subnets: 'subnet-0a', routeTables: 'rtb-0c' };
    const types = new Set(
      [template, synthesize(network)].flatMap(({ resources }) => resources.map(({ type }) => type)),
    );

    expect([...types].filter((type) => !freeWhileIdle.includes(type) && !counted.includes(type))).toEqual([]);
  });

  it('is what the guide says', () => {
    const [, word = ''] =
      /without deployments\s+costs\s+about\s+(\w+) dollars/.exec(read('docs', 'operations.md')) ?? [];

    expect(word).toBe(words[Math.round(total(idleMonth(template))) - 7]);
  });

  it('is what the guide says, in a VPC without a NAT gateway as well', () => {
    const [, count, dollars] =
      /needs (\d+) interface endpoints, about \$(\d+) a month/.exec(read('docs', 'operations.md')) ?? [];
    const needed = interfaceEndpoints(readExample().configuration).length;

    expect([Number(count), Number(dollars)]).toEqual([needed, Math.round(needed * endpointMonth)]);
  });
});

const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
