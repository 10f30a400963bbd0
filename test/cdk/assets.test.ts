import { beforeAll, describe, expect, it } from 'vitest';
import { functionNames } from '../../cdk/function-names.ts';
import { readExample } from '../../cdk/installation.ts';
import { sealWriters } from '../../contracts/sealing.ts';
import { type Rule, rolesIn } from '../../core/cluster/roles.ts';
import type { AwsCall } from '../support/aws-calls.ts';
import { isAllowed } from '../support/policy.ts';
import { synthesize, type Template } from './support/synthesize.ts';

const everyWriter = [...sealWriters.audit].sort();
const people = ['api-operate', 'approvals'];

/** For each thing that somebody could gain by forging it: exactly who may write it (I13), by what IAM itself compares. */
const writers: readonly (readonly [asset: string, partition: string, by: readonly string[]])[] = [
  ['a decision', 'DECISION#operation', people],
  ['the request of an approval', 'APPROVAL#operation', ['notify', 'operation', 'release']],
  ['what an approver decides on', 'SUBJECT#operation', ['notify']],
  ['what changes with a release', 'CHANGES#operation', ['release']],
  ['what Sluice has written on a branch', 'BRANCH#service', ['act']],
  ['what a person decided of a foreign commit', 'BRANCHDECISION#service', ['api-operate']],
  ['a link of an approver', 'LINK#hash', ['notify']],
  ['an audit entry', 'AUDIT#operation', everyWriter],
  ['the lock', 'LOCK#service', ['act', 'api-operate', 'guardian', 'operation', 'return-traffic']],
  ['who waits for the lock', 'WAITING#service', ['act', 'api-operate', 'guardian', 'operation']],
  ['the candidate', 'CANDIDATE#service', ['guardian', 'operation', 'release']],
  ['what is known of a release', 'RELEASE#service', ['api-operate', 'guardian', 'operation', 'release']],
  ['a hold', 'HOLD#service', ['api-operate', 'guardian', 'operation']],
  ['a freeze', 'FREEZE#service', ['api-operate', 'guardian', 'operation']],
  [
    'an operation',
    'OPERATION#operation',
    ['act', 'api-operate', 'guardian', 'notify', 'observe', 'operation', 'release', 'return-traffic'],
  ],
  ['whom the watch woke', 'WATCH#service', ['watch']],
  [
    'a delivery or an alert',
    'DELIVERIES',
    ['alertmanager-webhook', 'api-operate', 'github-webhook', 'observe', 'return-traffic'],
  ],
];
const writing = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLInsert', 'PartiQLUpdate'];

const mayWrite = ({ resources, verbs }: Rule, wanted: readonly string[]) =>
  resources.some((one) => one === '*' || wanted.includes(one)) && verbs.some((verb) => !['get', 'list'].includes(verb));

describe('who may write what', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize();
  });
  const table = () => `<${template.ofType('AWS::DynamoDB::Table')[0]?.id}.Arn>`;
  const may = (by: (typeof functionNames)[number], call: Omit<AwsCall, 'by'>) =>
    isAllowed({ by, ...call }, template.statementsOf(template.lambda(by)));
  const onTable = (operation: string, partition: string) => ({
    action: `dynamodb:${operation}`,
    resource: table(),
    context: { 'dynamodb:LeadingKeys': [partition] },
  });
  const keyBehind = (alias: string) => {
    const found = template.ofType('AWS::KMS::Alias').find(({ properties }) => properties.AliasName === alias);
    const [id = ''] = /\w+/.exec(found?.properties.TargetKeyId) ?? [];
    return template.ofType('AWS::KMS::Key').find((one) => one.id === id);
  };

  it.each(writers)('%s (%s)', (_, partition, expected) => {
    const able = functionNames.filter((name) => writing.some((operation) => may(name, onTable(operation, partition))));

    expect([...able].sort()).toEqual(expected);
  });

  it('a decision is added and never changed or taken away, and so is an audit entry, which only gets its seal', () => {
    const able = (operation: string, partition: string) =>
      functionNames.filter((name) => may(name, onTable(operation, partition)));

    expect([able('UpdateItem', 'DECISION#1'), able('DeleteItem', 'DECISION#1')]).toEqual([[], []]);
    expect(able('DeleteItem', 'AUDIT#1')).toEqual([]);
    expect(able('DeleteItem', 'LOCK#1')).toEqual([]);
  });

  it('nobody reaches a kind of record that is not in this list', () => {
    const kinds = writers.map(([, partition]) => partition.replace(/#.*/, '#*'));
    const granted = functionNames.flatMap((name) =>
      template
        .statementsOf(template.lambda(name))
        .filter(({ actions }) => actions.some((action) => action.startsWith('dynamodb:')))
        .flatMap(({ condition }) => Object(Object(condition)['ForAllValues:StringLike'])['dynamodb:LeadingKeys'] ?? [])
        .flat(),
    );

    expect([...new Set(granted)].filter((kind) => !kinds.includes(kind))).toEqual([]);
  });

  it.each([
    ['decisions', people, [...people, 'act', 'api-read', 'guardian', 'notify', 'operation', 'release']],
    ['audit', everyWriter, ['api-operate', 'api-read', 'guardian']],
  ] as const)('seals of %s: who makes them, who verifies them', (name, makes, verifies) => {
    const key = keyBehind(`alias/sluice-${name}`);
    const able = (action: string) =>
      functionNames.filter((one) => may(one, { action, resource: `<${key?.id}.Arn>`, context: {} })).sort();

    expect(able('kms:GenerateMac')).toEqual(makes);
    expect(able('kms:VerifyMac')).toEqual([...verifies].sort());
    expect(key?.properties).toMatchObject({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    // Nobody else in the account either, whatever their role allows.
    const statements: { Effect: string; Condition: Record<string, Record<string, string[]>> }[] =
      key?.properties.KeyPolicy.Statement ?? [];
    const denied = statements.find(({ Effect }) => Effect === 'Deny');
    expect(denied).toMatchObject({ Action: 'kms:GenerateMac', Principal: { AWS: '*' }, Resource: '*' });
    const roles = makes.map((one) => `:role/sluice-${one}-us-east-1`);
    const spared = denied?.Condition.ArnNotEquals?.['aws:PrincipalArn'] ?? [];
    expect(spared.map((arn) => arn.slice(arn.indexOf(':role/'))).sort()).toEqual(roles.sort());
  });

  it.each([
    ['the route', ['virtualservices', 'httproutes'], ['act', 'return-traffic']],
    // A request to compare anew is an annotation, and so a write as well.
    ['what an environment is pinned to', ['applications'], ['act']],
  ])('%s: exactly who has a group in a cluster that may write it, and enters by it', (_, resources, expected) => {
    const { configuration } = readExample();
    const writable = new Set(
      ['production', 'research'].flatMap((cluster) => {
        const roles = rolesIn(configuration, cluster, 'sluice');
        const names = roles
          .filter(({ rules = [] }) => rules.some((rule) => mayWrite(rule, resources)))
          .map(({ metadata }) => metadata.name);
        const bindings = roles.filter(({ roleRef }) => names.includes(roleRef?.name ?? ''));
        return bindings.flatMap(({ subjects = [] }) => subjects.map(({ name }) => name));
      }),
    );
    const entries = template.ofType('AWS::EKS::AccessEntry').map(({ properties }) => properties);
    const able = functionNames.filter((name) =>
      entries.some(
        ({ PrincipalArn, KubernetesGroups }) =>
          PrincipalArn.endsWith(`:role/sluice-${name}-us-east-1`) &&
          KubernetesGroups.some((group: string) => writable.has(group)),
      ),
    );

    expect([...writable].sort()).toEqual(expected.map((name) => `sluice:${name}`));
    expect(able.toSorted()).toEqual(expected);
  });

  it('a branch: who may read the token that writes one', () => {
    const resource = 'arn:<AWS::Partition>:secretsmanager:us-east-1:<AWS::AccountId>:secret:sluice/github-token-a1B2c3';
    const able = functionNames.filter((name) =>
      may(name, { action: 'secretsmanager:GetSecretValue', resource, context: {} }),
    );

    expect(able).toEqual(['act']);
  });
});
