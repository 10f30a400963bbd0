import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { judgeChangeSet } from '../../cdk/change-set.ts';
import { readChangeSet } from '../../cdk/deploy.ts';
import { assemble } from '../cdk/support/assemble.ts';
import { type Moto, startMoto } from '../support/moto.ts';
import { describeJudged } from './describe-judged.ts';
import { findJudges } from './tools.ts';

/** The words that AWS's model has for what a change set does. */
const words = `
import json, botocore.session
model = botocore.session.get_session().get_service_model('cloudformation')
print(json.dumps({name: model.shape_for(name).enum for name in ['ChangeAction', 'Replacement', 'PolicyAction', 'ResourceAttribute']}))
`;

/** Makes a stack of one template, and a change set of another one. */
const prepare = `
import json, sys, boto3
endpoint, before, after = sys.argv[1:]
client = boto3.client('cloudformation', endpoint_url=endpoint, region_name='us-east-1', aws_access_key_id='x', aws_secret_access_key='x')
named = {'StackName': 'sluice-data', 'ChangeSetName': 'next'}
client.create_stack(StackName='sluice-data', TemplateBody=open(before).read())
client.create_change_set(**named, ChangeSetType='UPDATE', TemplateBody=open(after).read())
print(json.dumps(client.describe_change_set(**named), default=str))
`;

describeJudged(await findJudges(), 'botocore’s model of CloudFormation, and moto', (judges) => {
  let folder: string;
  let moto: Moto;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-change-sets-'));
    moto = await startMoto(judges);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await moto.close();
  });
  const python = async (program: string, ...given: string[]): Promise<string> =>
    (await promisify(execFile)(judges.program('python'), ['-c', program, ...given])).stdout;

  it('have no word for a change that is not understood', async () => {
    const { ChangeAction, Replacement, PolicyAction, ResourceAttribute }: Record<string, string[]> = JSON.parse(
      await python(words),
    );
    const changes = [
      ...(ChangeAction ?? []).map((Action) => ({ Action })),
      ...(Replacement ?? []).map((one) => ({ Action: 'Modify', Replacement: one })),
      ...(PolicyAction ?? []).map((one) => ({ Action: 'Remove', PolicyAction: one })),
      ...(ResourceAttribute ?? []).map((one) => ({ Action: 'Modify', Replacement: 'False', Scope: [one] })),
    ];
    expect(changes.length).toBeGreaterThan(20);

    const harmful = changes.filter((change) => {
      const table = { ...change, LogicalResourceId: 'Table', ResourceType: 'AWS::DynamoDB::Table' };
      const text = {
        StackName: 'x',
        Status: 'CREATE_COMPLETE',
        Changes: [{ Type: 'Resource', ResourceChange: table }],
      };
      return judgeChangeSet(readChangeSet(JSON.stringify(text), 'change set')).kind === 'refused';
    });

    const harm = ['Remove', 'Dynamic', 'True', 'Conditional', 'DeletionPolicy', 'UpdateReplacePolicy'];
    expect(harmful).toEqual(
      changes.filter((change) =>
        Object.values(change)
          .flat()
          .some((one) => harm.includes(one)),
      ),
    );
  });

  it('agree on a change set of the template in which the bucket is missing', async () => {
    const { stacks } = assemble(folder, {});
    const file = stacks.find(({ stackName }) => stackName === 'sluice-data')?.templateFullPath ?? '';
    // A template as CDK writes it; what it asks of a bootstrapped account is not there.
    const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as { Resources: object };
    const withoutBucket = Object.entries(Resources).filter(([id]) => !id.startsWith('AuditBucket'));
    const [before, after] = [join(folder, 'before.json'), join(folder, 'after.json')];
    writeFileSync(before, JSON.stringify({ Resources }));
    writeFileSync(after, JSON.stringify({ Resources: Object.fromEntries(withoutBucket) }));

    const changeSet = readChangeSet(await python(prepare, moto.endpoint, before, after), 'change set');

    expect(judgeChangeSet(changeSet)).toEqual({
      kind: 'refused',
      reasons: [expect.stringMatching(/^AuditBucket7486E833 \(AWS::S3::Bucket.*\) would be deleted/)],
    });
    expect(judgeChangeSet(changeSet, new Set(['AuditBucket7486E833']))).toMatchObject({ kind: 'harmless' });
  });
});
