import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionNames } from '../../cdk/function-names.ts';
import { synthesize, type Template } from './support/synthesize.ts';

const example = join(import.meta.dirname, '..', '..', 'cdk', 'example');
const configured = /^audit: .*\n/m;
/** Those that end operations. */
const enders = ['api-operate', 'operation', 'return-traffic', 'guardian'];

describe('the bucket in which audits are anchored', () => {
  let folder: string;
  let template: Template;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-audit-'));
    template = synthesize();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The example with another `audit`. */
  function withAudit(audit: string): Template {
    const text = readFileSync(join(example, 'sluice.yaml'), 'utf8');
    expect(text).toMatch(configured);
    const configuration = join(folder, 'sluice.yaml');
    writeFileSync(configuration, text.replace(configured, audit).replace('bodyFile: fixtures/xray.json', 'body: {}'));
    return synthesize({ configuration, issuer: 'https://login.acme.test/', audience: 'sluice' });
  }
  const bucketOf = (one: Template) => one.ofType('AWS::S3::Bucket').map(({ properties }) => properties)[0];

  it('locks whatever comes into it for as long as it is configured, as the logs stay', () => {
    expect(bucketOf(template)).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 365 } } },
      VersioningConfiguration: { Status: 'Enabled' },
    });
    const forGood = withAudit('audit: { anchor: { mode: compliance, retention: 7d } }\nretention: { logs: 365d }\n');
    expect(bucketOf(forGood)?.ObjectLockConfiguration.Rule.DefaultRetention).toEqual({ Mode: 'COMPLIANCE', Days: 7 });
    // Of functions, machines and the API alike.
    const logsOf = (one: Template) =>
      one.ofType('AWS::Logs::LogGroup').map(({ properties }) => properties.RetentionInDays);
    expect([new Set(logsOf(template)), new Set(logsOf(forGood))]).toEqual([new Set([180]), new Set([365])]);
  });

  it('is encrypted by Sluice’s key, closed to the public and to what is not TLS, and stays when the stack goes', () => {
    const [bucket] = template.ofType('AWS::S3::Bucket');
    const key = template.ofType('AWS::KMS::Key').find(({ properties }) => properties.KeySpec === undefined);
    const [policy] = template.ofType('AWS::S3::BucketPolicy');

    expect(bucket?.deletionPolicy).toBe('RetainExceptOnCreate');
    expect(bucket?.properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
      {
        BucketKeyEnabled: true,
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: `<${key?.id}.Arn>` },
      },
    ]);
    expect(bucket?.properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(bucket?.properties.OwnershipControls).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
    const denied = policy?.properties.PolicyDocument.Statement.filter(
      ({ Effect, Principal }: { Effect: string; Principal: unknown }) =>
        Effect === 'Deny' && JSON.stringify(Principal) === '{"AWS":"*"}',
    ).map(({ Condition }: { Condition: unknown }) => Condition);
    expect(denied).toContainEqual({ Bool: { 'aws:SecureTransport': 'false' } });
  });

  it('is written by who ends operations, below one prefix, and neither read nor emptied by any function', () => {
    const bucket = bucketOf(template)?.BucketName;
    for (const name of functionNames) {
      const lambda = template.lambda(name);
      const may = template
        .statementsOf(lambda)
        .filter(({ actions }) => actions.some((action) => action.startsWith('s3:')))
        .map(({ actions, resources }) => ({ actions, resources }));
      const wanted = { actions: ['s3:PutObject'], resources: [`arn:<AWS::Partition>:s3:::${bucket}/audit/*`] };
      expect([name, may]).toEqual([name, enders.includes(name) ? [wanted] : []]);
      const { SLUICE_AUDIT_BUCKET } = lambda.properties.Environment.Variables;
      // Whoever verifies an audit asks `api-read` where its head is anchored.
      const told = enders.includes(name) || name === 'api-read';
      expect([name, SLUICE_AUDIT_BUCKET]).toEqual([name, told ? bucket : undefined]);
    }
  });

  it('is not there where nothing is anchored, nor is a right or a variable for it', () => {
    const without = withAudit('');

    expect(without.ofType('AWS::S3::Bucket')).toEqual([]);
    for (const name of enders) {
      const lambda = without.lambda(name);
      expect(lambda.properties.Environment.Variables.SLUICE_AUDIT_BUCKET).toBeUndefined();
      expect(JSON.stringify(without.statementsOf(lambda))).not.toContain('s3');
    }
  });

  it.each([
    ['no retention', 'audit: { anchor: {} }\n', 'audit.anchor.retention'],
    ['half a day', 'audit: { anchor: { retention: 12h } }\n', 'must be whole days'],
    ['a lifetime', 'audit: { anchor: { retention: 36500d } }\n', 'at most 3650d'],
    ['another mode', 'audit: { anchor: { mode: strict, retention: 1d } }\n', 'audit.anchor.mode'],
  ])('is not made with %s', (_what, audit, problem) => {
    expect(() => withAudit(audit)).toThrow(problem);
  });
});
