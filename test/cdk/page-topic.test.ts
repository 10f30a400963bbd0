import { beforeAll, describe, expect, it } from 'vitest';
import { type Resource, synthesize, type Template } from './support/synthesize.ts';

/** A statement of a resource's own policy. */
interface PolicyStatement {
  readonly Effect: string;
  readonly Principal: '*' | { readonly Service?: string };
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: object;
}
const alarms = 'cloudwatch.amazonaws.com';
const ofThisAccount = { StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' } };

describe('the topic that alarms page', () => {
  let template: Template;
  let topic: Resource;
  beforeAll(() => {
    template = synthesize();
    [topic] = template.ofType('AWS::SNS::Topic') as [Resource]; // installation.test.ts: there is one
  });
  const byAlarms = (statements: readonly PolicyStatement[]) =>
    statements.filter(({ Principal }) => Principal !== '*' && Principal.Service === alarms);

  it('is told when an alarm goes off and when it is over, with the topics that the services name', () => {
    for (const { properties } of template.ofType('AWS::CloudWatch::Alarm')) {
      const told = [`<${topic.id}>`, 'arn:aws:sns:us-east-1:123456789012:on-call'];
      expect(properties).toMatchObject({ AlarmActions: told, OKActions: told });
      expect(properties.ActionsEnabled).not.toBe(false);
    }
  });

  it('lets CloudWatch of this account publish, and nobody at all without encryption', () => {
    const [policy, ...more] = template.ofType('AWS::SNS::TopicPolicy');
    const statements: PolicyStatement[] = policy?.properties.PolicyDocument.Statement;

    expect([policy?.properties.Topics, more]).toEqual([[`<${topic.id}>`], []]);
    expect(byAlarms(statements)).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Resource: `<${topic.id}>`,
        Condition: ofThisAccount,
      }),
    ]);
    const others = statements.filter((statement) => !byAlarms(statements).includes(statement));
    expect(others.map(({ Effect, Condition }) => [Effect, Condition])).toEqual([
      ['Deny', { Bool: { 'aws:SecureTransport': 'false' } }],
    ]);
  });

  it('is encrypted by a key that CloudWatch may use: without that, no page ever leaves', () => {
    const key = template.ofType('AWS::KMS::Key').find(({ id }) => topic.properties.KmsMasterKeyId === `<${id}.Arn>`);

    const statements = byAlarms(key?.properties.KeyPolicy.Statement ?? []);

    expect(statements).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: '*',
      }),
    ]);
    expect(statements[0]?.Condition).toBeUndefined();
  });
});
