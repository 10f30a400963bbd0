import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTrailGuide, type TrailQuery } from '../support/cloudtrail.ts';
import { synthesize, type Template } from './support/synthesize.ts';

const guide = readTrailGuide();

/** How a trail names the resources of a kind, by what the template calls them. */
const kinds: readonly [type: string, property: string, source: string, logged: (name: string) => string][] = [
  ['AWS::SecretsManager::Secret', 'Name', 'secretsmanager', (name) => name],
  [
    'AWS::SecretsManager::Secret',
    'Name',
    'secretsmanager',
    (name) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-a1b2c3`,
  ],
  ['AWS::DynamoDB::Table', 'TableName', 'dynamodb', (name) => `arn:aws:dynamodb:us-east-1:123456789012:table/${name}`],
  ['AWS::S3::Bucket', 'BucketName', 's3', (name) => name],
  ['AWS::IAM::Role', 'RoleName', 'iam', (name) => name],
  ['AWS::IAM::Role', 'RoleName', 'sts', (name) => `arn:aws:iam::123456789012:role/${name}`],
  ['AWS::Lambda::Function', 'FunctionName', 'lambda', (name) => name],
  [
    'AWS::StepFunctions::StateMachine',
    'StateMachineName',
    'states',
    (name) => `arn:aws:states:us-east-1:123456789012:stateMachine:${name}`,
  ],
  ['AWS::SNS::Topic', 'TopicName', 'sns', (name) => `arn:aws:sns:us-east-1:123456789012:${name}`],
];

/** What somebody may steal, by docs/security.md, and the words by which the guide's table has it. */
const askedBy: Readonly<Record<string, string>> = {
  "GitHub's webhook secret (`sluice/github-webhook`)": '`sluice/github-webhook`',
  "Alertmanager's token (`sluice/alertmanager-token`)": '`sluice/alertmanager-token`',
  'the right to publish to a topic of `alerts.topics`': 'the right to publish to a topic',
  'an approval link': 'an approval link',
  "an approver's mailbox": 'a mailbox of an approver',
  "a person's token of the sign-in service, or their Identity Center session":
    "a person's token of the sign-in service",
  "a GitHub Actions workflow's token": "a workflow's token of GitHub Actions",
  'the right to push images': 'the right to push images',
  "write access to a service's branch": "write access to a service's branch",
  'the GitHub token that reads CI (`sluice/github-reader-token`)': '`sluice/github-reader-token`',
  'the GitHub token that shows deployments (`sluice/github-deployments-token`), if there is one':
    '`sluice/github-deployments-token`',
  'the private key of a GitHub App, if a secret holds one': 'the private key of a GitHub App',
  "Sluice's GitHub token (`sluice/github-token`)": '`sluice/github-token`',
  "a function's role": "a function's role",
  'AWS keys that may change this account': 'AWS keys that may change this account',
  "access to Argo CD's Applications": "access to Argo CD's Applications",
  "access to the cluster's routes": "access to the cluster's routes",
};

describe('the queries of docs/cloudtrail.md', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize();
  });
  const namesOf = (type: string, property: string): string[] =>
    template.ofType(type).flatMap(({ properties }) => properties[property] ?? []);

  it.each(kinds)('find each %s by its %s, in events of %s', (type, property, source, logged) => {
    const names = namesOf(type, property);
    const asked = guide.queries.filter((query) => query.source === `${source}.amazonaws.com`);
    const found = (name: string) => asked.some(({ patterns }) => patterns.some((one) => one.test(logged(name))));

    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !found(name))).toEqual([]);
    expect(found('another')).toBe(false);
    // Each query finds something by itself.
    const finds = ({ patterns }: TrailQuery) => patterns.some((one) => names.some((name) => one.test(logged(name))));
    expect(asked.filter((query) => !finds(query))).toEqual([]);
  });

  it('name every key by its alias, and the log of who asked the API', () => {
    const named = [...namesOf('AWS::KMS::Alias', 'AliasName'), ...namesOf('AWS::Logs::LogGroup', 'LogGroupName')];
    const wanted = named.filter((name) => /^alias|http-api/.test(name));

    expect(wanted).toHaveLength(4);
    expect(wanted.filter((name) => !guide.text.includes(`\`${name}\``))).toEqual([]);
  });

  it('are for every secret that docs/security.md speaks of', () => {
    const security = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'security.md'), 'utf8');
    const secrets = new Set([...security.matchAll(/`sluice\/[\w-]+`/g)].map(([name]) => name));

    expect(secrets.size).toBeGreaterThan(3);
    expect([...secrets].filter((name) => !guide.text.includes(name))).toEqual([]);
  });

  it('are for everything that can be stolen by docs/security.md', () => {
    const security = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'security.md'), 'utf8');
    const firstColumn = (text: string) =>
      [...text.matchAll(/^\| ([^|]+?) \|/gm)].map(([, cell = '']) => cell).filter((cell) => !/^-+$/.test(cell));
    const [threats = ''] = security.split('## How Sluice protects itself');
    const asked = firstColumn(guide.text).join('\n');

    expect(firstColumn(threats).slice(1)).toEqual(Object.keys(askedBy));
    expect(Object.values(askedBy).filter((words) => !asked.includes(words))).toEqual([]);
  });

  it('have the data events that they ask for: of the table, the anchors and the topic, by their own ARNs', () => {
    const [table] = namesOf('AWS::DynamoDB::Table', 'TableName');
    const [bucket = ''] = namesOf('AWS::S3::Bucket', 'BucketName');
    const [topic] = namesOf('AWS::SNS::Topic', 'TopicName');
    const data = guide.selectors.flatMap(({ FieldSelectors }) => {
      const of = (field: string) => FieldSelectors.find(({ Field }) => Field === field);
      const arn = of('resources.ARN');
      return of('eventCategory')?.Equals?.includes('Data')
        ? [[of('resources.type')?.Equals?.[0], ...(arn?.Equals ?? arn?.StartsWith ?? [])]]
        : [];
    });

    expect(data).toEqual([
      ['AWS::DynamoDB::Table', `arn:aws:dynamodb:REGION:ACCOUNT:table/${table}`],
      [
        'AWS::S3::Object',
        `arn:aws:s3:::${bucket.replace('<AWS::AccountId>', 'ACCOUNT').replace('us-east-1', 'REGION')}/`,
      ],
      ['AWS::SNS::Topic', `arn:aws:sns:REGION:ACCOUNT:${topic}`],
    ]);
  });
});
