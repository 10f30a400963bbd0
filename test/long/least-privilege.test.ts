import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListExecutionsCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionNames } from '../../cdk/function-names.ts';
import { accountId, auditBucket, region } from '../../sandbox/installation.ts';
import { type Resource, type Statement, synthesize, type Template } from '../cdk/support/synthesize.ts';
import { type AwsCall, callsOf } from '../support/aws-calls.ts';
import { kubectlOf, withoutSelfHeal } from '../support/kubectl.ts';
import { finish, type Observed, startObserved } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { allows, isAllowed } from '../support/policy.ts';
import { statesOf } from '../support/states.ts';
import { patienceMs, until } from '../support/until.ts';

const service = 'chest-xray-mlops';

const anyMachine = ['deployment', 'rollback', 'traffic'];
const wake = (name: string) => anyMachine.map((one) => `${name} states:SendTaskSuccess on stateMachine:sluice-${one}`);
const describes = (name: string, ...machines: string[]) =>
  machines.map((one) => `${name} states:DescribeExecution on execution:sluice-${one}`);

/** What functions may and not every run of the scenarios below shows, and why it is granted all the same. */
const unseen: readonly { readonly grants: readonly string[]; readonly because: string }[] = [
  {
    because: 'the sandbox has one cluster, the example two',
    grants: ['act', 'api-operate', 'api-read', 'observe', 'plan', 'return-traffic', 'watch'].map(
      (name) => `${name} eks:DescribeCluster on cluster/research`,
    ),
  },
  {
    because: 'what is live was brought there by Sluice, so that nobody asks whether it has ever brought anything',
    grants: ['plan dynamodb:Query on table/sluice RELEASE#*'],
  },
  {
    because: 'the sandbox has one topic, the example two',
    grants: ['notify', 'guardian', 'watch'].map((name) => `${name} sns:Publish on on-call`),
  },
  {
    because:
      'few operations are ended by these: by an unlock when both ways back are dead, and by a return that another one overtook',
    grants: ['api-operate', 'return-traffic'].map((name) => `${name} s3:PutObject on ${auditBucket}/audit/*`),
  },
  {
    because: 'whoever finds that another one wrote an entry in between asks for the newest',
    grants: ['act', 'api-operate', 'notify', 'observe', 'release', 'return-traffic', 'approvals'].map(
      (name) => `${name} dynamodb:Query on table/sluice AUDIT#*`,
    ),
  },
  {
    because:
      'KMS answered: entries got their seals as they were written, and what one process decides it need not ask about',
    grants: [
      ...['act', 'api-operate', 'notify', 'observe', 'operation', 'release', 'approvals', 'guardian'].map(
        (name) => `${name} dynamodb:UpdateItem on table/sluice AUDIT#*`,
      ),
      ...['act', 'api-operate', 'notify', 'operation', 'release', 'approvals'].map(
        (name) => `${name} kms:VerifyMac on key/sluice-decisions`,
      ),
      'guardian kms:VerifyMac on key/sluice-decisions',
      'guardian kms:VerifyMac on key/sluice-audit',
    ],
  },
  {
    because: 'who waits, what is frozen or on hold, and what was returned depend on what came first',
    grants: [
      'api-operate dynamodb:UpdateItem on table/sluice LOCK#*',
      'api-operate dynamodb:UpdateItem on table/sluice RELEASE#*',
      'api-read dynamodb:GetItem on table/sluice RELEASE#*',
      'act dynamodb:Query on table/sluice WAITING#*',
      'observe dynamodb:Query on table/sluice RELEASE#*',
      'operation dynamodb:PutItem on table/sluice FREEZE#*',
      'operation dynamodb:PutItem on table/sluice WAITING#*',
      'operation dynamodb:Query on table/sluice HOLD#*',
    ],
  },
  {
    because:
      'what becomes of a foreign commit is looked at and decided only where somebody has written one: test/long/drift.test.ts',
    grants: [
      'api-read dynamodb:GetItem on table/sluice BRANCH#*',
      'api-read dynamodb:GetItem on table/sluice BRANCHDECISION#*',
      'api-operate dynamodb:GetItem on table/sluice BRANCH#*',
      'api-operate dynamodb:GetItem on table/sluice BRANCHDECISION#*',
      'api-operate dynamodb:PutItem on table/sluice BRANCHDECISION#*',
    ],
  },
  {
    because:
      'the sandbox has one repository with one kind of image; indexes and other repositories: test/contract/adapters/registry.test.ts',
    grants: [
      ...['release', 'plan'].flatMap((name) => [
        `${name} ecr:DescribeImages on repository/research/*`,
        `${name} ecr:BatchGetImage on repository/chest-xray-mlops`,
      ]),
    ],
  },
  {
    because: 'a page about a pause says whether it ends with an alert; not every run pages about one',
    grants: ['notify dynamodb:Query on table/sluice DELIVERIES'],
  },
  {
    because: 'whoever decides is answered with the operation, and one that an alert has paused says so',
    grants: ['api-operate dynamodb:Query on table/sluice DELIVERIES'],
  },
  {
    because: 'SES asks for the right to the identity’s configuration set besides, which no request names',
    grants: ['guardian', 'notify', 'watch'].map((name) => `${name} ses:SendEmail on configuration-set/sluice-mail`),
  },
  {
    because:
      'SES asks for the right to whichever identity stands for the sender, and, in its sandbox, for those of recipients',
    grants: ['guardian', 'notify', 'watch'].flatMap((name) =>
      ['*@example.com', 'sluice@example.com'].map((identity) => `${name} ses:SendEmail on identity/${identity}`),
    ),
  },
  {
    because:
      'lower-standby runs once keepWarm is over, which is minutes: it takes a free lock, looks what is under way, and wakes who waits',
    grants: [
      'act dynamodb:DeleteItem on table/sluice WAITING#*',
      'act dynamodb:Query on table/sluice/index/byService',
      ...wake('act'),
    ],
  },
  {
    because: 'a shift notes which alert it waits for only where one fires before it begins',
    grants: ['observe dynamodb:PutItem on table/sluice DELIVERIES'],
  },
  {
    because: 'a delivery that is repeated once its execution has ended finds the name taken, and looks at whose it is',
    grants: [...describes('alertmanager-webhook', 'rollback'), ...describes('github-webhook', 'deployment')],
  },
  {
    because:
      'unlock and starts ask about whichever execution holds the lock or the name, and unlock takes who waits off the queue',
    grants: [
      'api-operate dynamodb:DeleteItem on table/sluice WAITING#*',
      ...describes('api-operate', 'deployment', 'rollback', 'traffic', 'standby'),
      ...describes('api-read', 'deployment', 'rollback', 'traffic', 'standby'),
      ...wake('api-operate'),
    ],
  },
  {
    because: 'whoever finds the lock held asks about its holder, and rescues a dead one',
    grants: [
      ...describes('operation', 'deployment', 'rollback', 'traffic', 'standby'),
      'operation states:StartExecution on stateMachine:sluice-rollback',
    ],
  },
  {
    because:
      'what the guardian does depends on how and when an execution died: test/scenarios/long/dead-executions.test.ts has the ways',
    grants: [
      'guardian dynamodb:DeleteItem on table/sluice WAITING#*',
      'guardian dynamodb:GetItem on table/sluice RELEASE#*',
      'guardian dynamodb:PutItem on table/sluice FREEZE#*',
      'guardian dynamodb:PutItem on table/sluice HOLD#*',
      'guardian dynamodb:PutItem on table/sluice OPERATION#*',
      'guardian dynamodb:Query on table/sluice HOLD#*',
      'guardian dynamodb:UpdateItem on table/sluice LOCK#*',
      'guardian dynamodb:UpdateItem on table/sluice RELEASE#*',
      'guardian dynamodb:UpdateItem on table/sluice OPERATION#*',
      'guardian dynamodb:UpdateItem on table/sluice CANDIDATE#*',
      'guardian events:PutEvents on event-bus/sluice',
      'guardian ses:SendEmail on identity/example.com',
      'guardian sns:Publish on sluice-page',
      'guardian states:StartExecution on stateMachine:sluice-rollback',
      'guardian states:StartExecution on stateMachine:sluice-standby',
      ...describes('guardian', 'deployment', 'rollback', 'traffic', 'standby'),
      ...anyMachine.map((one) => `guardian states:ListExecutions on stateMachine:sluice-${one}`),
      ...anyMachine.map((one) => `guardian states:StopExecution on execution:sluice-${one}`),
      ...wake('guardian'),
    ],
  },
  {
    because: 'a rescue stops the execution whose lock it took, whichever it is',
    grants: anyMachine.map((one) => `return-traffic states:StopExecution on execution:sluice-${one}`),
  },
  {
    because: 'who is woken depends on who waits when a lock or a candidate changes hands',
    grants: [
      ...wake('operation'),
      ...wake('release'),
      ...wake('approvals'),
      'operation dynamodb:DeleteItem on table/sluice WAITING#*',
    ],
  },
];
/** What only the sandbox needs: there nobody but the function itself knows people; on AWS API Gateway's authorisers do. */
const onlyInTheSandbox = ({ by, action, resource }: AwsCall): boolean =>
  // Its releases have to be signed, the example's do not; where they do, the grant is there: test/cdk/image-access.test.ts.
  action === 'ecr:GetAuthorizationToken' ||
  // GitHub shows its deployments, and not the example's; where it does, the grant is there: test/cdk/grants.test.ts.
  (['act', 'notify'].includes(by) && /secret:sluice\/github-deployments-token-/.test(resource ?? '')) ||
  (['api-read', 'api-operate', 'plan'].includes(by) && /secret:sluice\/api-token-/.test(resource ?? ''));
/** Not for what a function does, but for how Lambda runs it, or for what a service does for it. */
const notCalled = /^(logs|xray|ec2|sqs):|^kms:(?!\w+Mac$)/;

describe('what functions ask of AWS, and what they may', () => {
  let template: Template;
  let calls: readonly AwsCall[];
  let folder: string;
  beforeAll(async () => {
    template = synthesize();
    folder = mkdtempSync(join(tmpdir(), 'sluice-calls-'));
    const recording = join(folder, 'calls.jsonl');
    process.env.SLUICE_RECORD_AWS_CALLS = recording;
    const observed = await startObserved(
      // Long enough for a test on a busy machine to meet a split, and to kill an execution in the middle of its shift.
      ...configured({ ...quick, 'deadlines.switch': '8s', 'traffic.interval': '15s' }),
    );
    delete process.env.SLUICE_RECORD_AWS_CALLS;
    await scenarios(observed);
    await finish(observed);
    calls = callsOf(readFileSync(recording, 'utf8')).filter((call) => !onlyInTheSandbox(call));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The statements of a function, with the names of the sandbox for what CloudFormation fills in. */
  const statementsOf = (name: string): readonly Statement[] =>
    template.statementsOf(template.lambda(name)).map((statement) => ({
      ...statement,
      resources: statement.resources.map((resource) => filledIn(resource, template)),
    }));

  it('every call that was seen is allowed', () => {
    const refused = calls.filter((call) => !isAllowed(call, statementsOf(call.by)));

    expect(refused).toEqual([]);
    const callers = new Set(calls.map(({ by }) => by));
    expect(functionNames.filter((name) => !callers.has(name))).toEqual([]);
  });

  it('everything that is allowed was seen, or is listed with its reason', () => {
    const granted = functionNames.flatMap((name) =>
      statementsOf(name)
        .flatMap(grantsOf)
        .map((grant) => ({ words: `${name} ${inWords(grant)}`, name, grant })),
    );
    const idle = granted
      .filter(({ name, grant }) => !calls.some((call) => call.by === name && allows(grant, call)))
      .filter(
        ({
          grant: {
            actions: [action = ''],
          },
        }) => !notCalled.test(action),
      )
      .map(({ words }) => words);
    const listed = unseen.flatMap(({ grants }) => grants);

    expect(idle.filter((words) => !listed.includes(words))).toEqual([]);
    // A reason for what nobody may any more is none.
    const existing = new Set(granted.map(({ words }) => words));
    expect(listed.filter((words) => !existing.has(words))).toEqual([]);
  });

  it('a call that is not granted would be found', () => {
    const [call] = calls.filter(({ by, action }) => by === 'notify' && action === 'ses:SendEmail');

    expect(call && isAllowed(call, statementsOf('notify'))).toBe(true);
    expect(
      call && isAllowed({ ...call, context: { 'ses:FromAddress': ['ceo@example.com'] } }, statementsOf('notify')),
    ).toBe(false);
    expect(call && isAllowed(call, statementsOf('observe'))).toBe(false);
  });
});

/** The ends that an operation can have, and what people do besides. */
async function scenarios({ sandbox, pipeline }: Observed): Promise<void> {
  const ask = async (path: string, body: object, user = 'dana@example.com') =>
    expect(await pipeline.post(path, body, user)).toMatchObject({ status: expect.any(Number) });
  const idle = () =>
    until('nothing is under way', patienceMs, async () =>
      (await pipeline.service()).lock.holder === null ? true : null,
    );

  // A deployment that a webhook starts, and an alert that returns it in the middle; both are delivered twice.
  const built = await pipeline.release('v5.0.1');
  const answer = await pipeline.deliver(built.workflowRunPayload);
  const { operation: first } = (await answer.json()) as { operation: string }; // the webhook's own answer
  await pipeline.approveAll('v5.0.1');
  await pipeline.deliver(built.workflowRunPayload);
  await pipeline.weightReached('green', 50);
  await pipeline.alert({ environment: 'green' });
  await pipeline.alert({ environment: 'green' });
  await pipeline.ended(first);
  await idle();
  // An alert about the environment without traffic changes nothing, and is noted.
  const noted = new Date().toISOString();
  await pipeline.alert({ environment: 'green' }, 'firing', noted);
  await pipeline.alert({ environment: 'green' }, 'resolved', noted);
  // What the console offers for a way back.
  await pipeline.api(`/api/services/${service}/good-versions`);
  // One that goes well, while another waits for its lock; a split by hand; a planned rollback.
  await pipeline.release('v5.0.2');
  const key = { 'idempotency-key': 'once' };
  const body = JSON.stringify({ service, version: 'v5.0.2' });
  const { operation: second } = await pipeline.api<{ operation: string }>('/api/deployments', {
    method: 'POST',
    headers: key,
    body,
  });
  await pipeline.api('/api/deployments', { method: 'POST', headers: key, body });
  await pipeline.inState(second, 'awaiting-approval');
  await pipeline.linksOf('v5.0.2', ['ana@example.com', 'cleo@example.com'], second);
  for (const user of ['ben@example.com', 'cleo@example.com']) {
    expect(await pipeline.approveSignedIn(second, 'v5.0.2', user)).toMatchObject({ status: 200 });
  }
  await pipeline.weightReached('green', 50);
  const queued = await pipeline.begin('v5.0.3');
  // A plan, while one is at work and another waits.
  await pipeline.api(`/api/services/${service}/plan?version=v5.0.3`);
  await ask(`/api/services/${service}/unlock`, { reason: 'a look: it is alive' }, 'ben@example.com');
  await pipeline.ended(second);
  await pipeline.ended(queued);
  await idle();
  // An alert that names no environment: both sides are compared, neither is bad, and the on-call is paged by SNS.
  await pipeline.alert({}, 'firing', new Date().toISOString());
  await until('the on-call is paged', patienceMs, async () => {
    const store = await (await fetch(`${sandbox.ready.endpoints.sns}/store`)).text();
    return store.includes('compared') ? store : null;
  });
  await idle();
  const { active } = await pipeline.service();
  const other = active === 'blue' ? 'green' : 'blue';
  await ask(`/api/services/${service}/traffic`, { from: active, to: other, percentage: 20, reason: 'a look' });
  await until('the split is over', patienceMs, async () => {
    const [newest] = await pipeline.operations();
    return newest?.outcome == null ? null : newest;
  });
  await idle();
  await ask('/api/rollbacks', { service, version: 'last-known-good', reason: 'a drill', emergency: true });
  await until('the rollback has ended', patienceMs, async () => {
    const [newest] = await pipeline.operations();
    return newest?.kind === 'rollback' && newest.outcome !== null ? newest : null;
  });
  // What people steer; who may undo what keeps a service safe is an admin.
  const admin = 'ben@example.com';
  await ask(`/api/services/${service}/freeze`, { reason: 'a look' });
  await ask(`/api/services/${service}/unfreeze`, { reason: 'seen' }, admin);
  await ask(`/api/services/${service}/holds`, { version: 'v5.0.3', reason: 'a look' });
  await ask(`/api/services/${service}/holds/release`, { version: 'v5.0.3', reason: 'seen' }, admin);
  await ask(`/api/services/${service}/health-check`, { environment: 'blue' });
  await pipeline.api('/api/deliveries');
  // What the watch wakes people for while nothing is at work.
  const setPort = (port: number) => {
    const patch = { spec: { ports: [{ name: 'http', port, targetPort: 'http', protocol: 'TCP' }] } };
    const words = ['patch', 'service', service, '-n', 'production-green', '--type=merge', '-p', JSON.stringify(patch)];
    return kubectlOf(sandbox)(...words);
  };
  await withoutSelfHeal(kubectlOf(sandbox), 'green');
  await setPort(81);
  await until('the watch has woken somebody', patienceMs, async () =>
    (await pipeline.mails()).some(({ subject }) => subject.endsWith('changed while nothing is deployed')),
  );
  await setPort(80);
  // One that a newer one supersedes, one that is aborted while it waits for approvals, and one whose execution dies when the traffic has moved.
  const older = await pipeline.deliver((await pipeline.release('v5.0.31')).workflowRunPayload);
  const { operation: superseded } = (await older.json()) as { operation: string }; // the webhook's own answer
  await pipeline.inState(superseded, 'awaiting-approval');
  const { workflowRunPayload } = await pipeline.release('v5.0.4');
  const aborted = String(
    ((await (await pipeline.deliver(workflowRunPayload)).json()) as { operation: string }).operation,
  );
  await pipeline.inState(aborted, 'awaiting-approval');
  await ask(`/api/operations/${aborted}/abort`, { reason: 'not today' });
  await pipeline.ended(aborted);
  await idle();
  const dying = await pipeline.begin('v5.0.5');
  await until('some of its traffic moved', patienceMs, async () => {
    const operation = await pipeline.operation(dying);
    return operation.weights !== null && operation.weights.blue > 0 && operation.weights.green > 0 ? operation : null;
  });
  await killExecution(sandbox);
  await pipeline.ended(dying);
  await idle();
  // One whose execution dies before it touched anything: the guardian ends it.
  const early = await pipeline.deliver((await pipeline.release('v5.0.6')).workflowRunPayload);
  const { operation: untouched } = (await early.json()) as { operation: string }; // the webhook's own answer
  await pipeline.inState(untouched, 'awaiting-approval');
  await killExecution(sandbox);
  await pipeline.ended(untouched);
}

/** A statement as one grant for each action, resource and kind of record. */
function grantsOf({ actions, resources, condition }: Statement): Statement[] {
  const kinds = kindsOf(condition);
  const conditions =
    kinds.length === 0 ? [condition] : kinds.map((kind) => ({ [leadingKeys]: { 'dynamodb:LeadingKeys': kind } }));
  return actions.flatMap((action) =>
    resources.flatMap((resource) =>
      conditions.map((one): Statement => ({ actions: [action], resources: [resource], condition: one })),
    ),
  );
}

const leadingKeys = 'ForAllValues:StringLike';
const kindsOf = (condition: unknown): string[] => {
  const found: unknown = Object(Object(condition)[leadingKeys])['dynamodb:LeadingKeys'];
  return found === undefined ? [] : [found].flat().map(String);
};

/** Like `states:StartExecution on stateMachine:sluice-rollback`. */
const inWords = ({ actions: [action], resources: [resource = ''], condition }: Statement): string =>
  `${action} on ${[resource.split(':').slice(5).join(':').replace(/:\*$/, ''), ...kindsOf(condition)].join(' ')}`;

/** By the AWS SDK, as anybody may whom IAM lets. */
async function killExecution(sandbox: Observed['sandbox']): Promise<void> {
  const states = statesOf(sandbox);
  const stateMachineArn = sandbox.ready.stateMachines.deployment;
  const { executions } = await states.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
  await states.send(new StopExecutionCommand({ executionArn: executions?.[0]?.executionArn ?? '', error: 'Test' }));
  states.destroy();
}

/** An ARN of the template with the sandbox's names for what CloudFormation fills in. */
function filledIn(resource: string, template: Template): string {
  const aliasOf = (key: string) =>
    template
      .ofType('AWS::KMS::Alias')
      .find(({ properties }) => properties.TargetKeyId.includes(key))
      ?.properties.AliasName.replace('alias/', '');
  const meaningOf = ({ id, type, properties }: Resource): string | null => {
    if (type === 'AWS::DynamoDB::Table') return `arn:aws:dynamodb:${region}:${accountId}:table/${properties.TableName}`;
    if (type === 'AWS::Events::EventBus') return `arn:aws:events:${region}:${accountId}:event-bus/${properties.Name}`;
    if (type === 'AWS::SNS::Topic') return `arn:aws:sns:${region}:${accountId}:${properties.TopicName}`;
    if (type === 'AWS::KMS::Key') return `arn:aws:kms:${region}:${accountId}:key/${aliasOf(id)}`;
    if (type === 'AWS::SES::EmailIdentity') return properties.EmailIdentity;
    return null;
  };
  return resource
    .replaceAll('<AWS::Partition>', 'aws')
    .replaceAll('<AWS::Region>', region)
    .replaceAll('<AWS::AccountId>', accountId)
    .replace(/<(\w+)(?:\.Arn)?>/g, (whole, id) => {
      const found = template.resources.find((one) => one.id === id);
      return (found && meaningOf(found)) ?? whole;
    });
}
