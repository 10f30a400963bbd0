import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateRepositoryCommand, ECRClient, PutImageCommand, StartImageScanCommand } from '@aws-sdk/client-ecr';
import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateFunctionCommand, LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectLockConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAnchors } from '../../adapters/anchor/anchors.ts';
import { describeCluster } from '../../adapters/cluster/describe-cluster.ts';
import { createEventBus } from '../../adapters/events/event-bus.ts';
import { openInstallationOnAws } from '../../adapters/installation/installation-on-aws.ts';
import { createCloudWatchSources } from '../../adapters/metrics/cloudwatch-source.ts';
import { createMailer } from '../../adapters/notice/mailer.ts';
import { createSnsPager } from '../../adapters/notice/sns-pager.ts';
import { createEcrRegistry } from '../../adapters/registry/ecr-registry.ts';
import { createSeal } from '../../adapters/seal/seal.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { createListenerRules } from '../../adapters/traffic/listener-rules.ts';
import { createWorkflow } from '../../adapters/workflow/workflow.ts';
import { cloudWatchSchema } from '../../contracts/configuration/cloudwatch.ts';
import { seconds } from '../../contracts/duration.ts';
import { instant } from '../../contracts/instant.ts';
import { clientSettings } from '../contract/aws/client-settings.ts';
import { describeJudged } from '../judges/describe-judged.ts';
import { findJudges } from '../judges/tools.ts';
import { type Moto, startMoto } from '../support/moto.ts';

const root = join(import.meta.dirname, '..', '..');
const account = '123456789012';

const inTheStore = 'the tests of the store ask it, in a process of their own';
const notInMoto =
  'moto lacks it, or what is asked together with it: botocore’s model and AWS’s documented answers judge it';
/** What moto is not asked in this process, and who judges it. */
const notAsked: Readonly<Record<string, string>> = {
  Delete: inTheStore,
  Get: inTheStore,
  Put: inTheStore,
  Query: inTheStore,
  Update: inTheStore,
  DescribeAccessEntry: notInMoto,
  GetAccount: notInMoto,
  GetAccountSettings: notInMoto,
  GetAuthorizationToken: notInMoto,
  ListSuppressedDestinations: notInMoto,
};

describeJudged(await findJudges(), 'moto', (judges) => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto(judges);
  });
  afterAll(() => moto.close());

  /** What this process has asked, by the names of the SDK's commands. */
  const asked = new Set<string>();
  const sdk = Object.getPrototypeOf(ECRClient.prototype) as { send: (command: object, ...rest: unknown[]) => unknown };
  const { send } = sdk;
  beforeAll(() => {
    sdk.send = function (command, ...rest) {
      asked.add(command.constructor.name.replace(/Command$/, ''));
      return Reflect.apply(send, this, [command, ...rest]);
    };
  });
  afterAll(() => {
    sdk.send = send;
  });

  /** A role, which Lambda wants of a function. Nothing here has a client of IAM. */
  async function roleInMoto(name: string): Promise<string> {
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIATEST/20261130/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0`;
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [] });
    const form = new URLSearchParams({
      Action: 'CreateRole',
      Version: '2010-05-08',
      RoleName: name,
      AssumeRolePolicyDocument,
    });
    const answer = await fetch(moto.endpoint, { method: 'POST', headers: { authorization }, body: form });
    expect([answer.status, answer.ok ? '' : await answer.text()]).toEqual([200, '']);
    return `arn:aws:iam::${account}:role/${name}`;
  }

  /** moto's first answer of a service loads that service. */
  const settings = () => ({ ...clientSettings(moto.endpoint), within: seconds(60) });

  it('takes everything that the store does with DynamoDB', async () => {
    const tests = globSync('test/unit/adapters/store/*.test.ts', { cwd: root });
    // moto lets two conditional writes of one item win now and then, in 2 of 200 rounds of 8 at once: it cannot judge that one.
    const judged = ['--testNamePattern', '^(?!.*when many write at once)'];
    const child = spawn(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--project',
        'fast',
        '--maxWorkers',
        '1',
        ...judged,
        ...tests,
      ],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          SLUICE_TEST_DYNAMODB: moto.endpoint,
          // The report is of the run that asks.
          SLUICE_TEST_REPORT: '',
        },
      },
    );
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        printed += chunk;
      });
    }
    const [code] = await once(child, 'close');

    expect([code, code === 0 ? '' : printed]).toEqual([0, '']);
  });

  it('keeps anchors once in a bucket with Object Lock, and gives them back', async () => {
    const Bucket = 'audit';
    const s3 = new S3Client({ ...settings(), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    const Rule = { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1 } } as const;
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule } as const;
    await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
    const anchors = createAnchors({ ...settings(), bucket: Bucket });
    const anchor = { operation: 'op1', seq: 7, hash: 'ab12', at: instant(1_000), outcome: 'succeeded' };

    expect([await anchors.put(anchor), await anchors.put(anchor)]).toEqual(['kept', 'known']);
    expect(await anchors.list('op1')).toEqual([{ ...anchor, keptAt: expect.any(Number) }]);
    s3.destroy();
  });

  it('seals by an HMAC key, and knows a seal of something else', async () => {
    const kms = new KMSClient(settings());
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
    );
    const keyId = 'alias/sluice-audit';
    await kms.send(new CreateAliasCommand({ AliasName: keyId, TargetKeyId: KeyMetadata?.KeyId }));
    const open = () => createSeal({ ...settings(), keyId, kind: 'audit' });

    const mac = await open().make({ a: 1 });

    expect(await open().verify({ a: 1 }, mac)).toBe(true);
    expect(await open().verify({ a: 2 }, mac)).toBe(false);
    kms.destroy();
  });

  it('gives a secret with the value before', async () => {
    const client = new SecretsManagerClient(settings());
    await client.send(new CreateSecretCommand({ Name: 'sluice/github', SecretString: 'old' }));
    const secrets = createSecrets({ ...settings(), now: () => instant(0) });

    expect(await secrets.get('sluice/github')).toEqual({ current: 'old', previous: null });

    await client.send(new PutSecretValueCommand({ SecretId: 'sluice/github', SecretString: 'new' }));
    secrets.forget('sluice/github');
    expect(await secrets.get('sluice/github')).toEqual({ current: 'new', previous: 'old' });
    await expect(secrets.get('sluice/none')).rejects.toMatchObject({ name: 'DependencyRefused' });
    client.destroy();
  });

  it('reads a metric of CloudWatch over the minutes that are there', async () => {
    const client = new CloudWatchClient(settings());
    const now = instant(Math.floor(Date.now() / 60_000) * 60_000);
    const Dimensions = [{ Name: 'TargetGroup', Value: 'targetgroup/green/1' }];
    await client.send(
      new PutMetricDataCommand({
        Namespace: 'Own',
        MetricData: [3, 4, 5].map((minutes) => ({
          ...{ MetricName: 'Requests', Dimensions, Value: 10 * minutes },
          Timestamp: new Date(now - minutes * 60_000),
        })),
      }),
    );
    const dimensions = { TargetGroup: { blue: 'targetgroup/blue/1', green: 'targetgroup/green/1' } };
    const requests = { namespace: 'Own', metric: 'Requests', stat: 'Sum', dimensions };
    const source = createCloudWatchSources({ ...settings(), now: () => now })(
      cloudWatchSchema.parse({ region: 'us-east-1', metrics: { requests } }),
    );
    const values = {
      ...{ service: 'shop', environment: 'green', backend: 'shop', namespace: 'shop-green', version: '' },
      window: '240s',
    };

    // What is five minutes old is before the window.
    expect(await source.query('requests', values)).toEqual({ kind: 'value', value: 70 });
    client.destroy();
  });

  it('reads the rules of a load balancer by its target groups', async () => {
    const ec2 = { CidrBlock: '10.0.0.0/16' };
    const alb = new ElasticLoadBalancingV2Client(settings());
    const call = (form: Record<string, string>) =>
      fetch(moto.endpoint, {
        method: 'POST',
        headers: { authorization: 'AWS4-HMAC-SHA256 Credential=AKIATEST/20261130/us-east-1/ec2/aws4_request' },
        body: new URLSearchParams({ Version: '2016-11-15', ...form }),
      }).then((answer) => answer.text());
    const idIn = (xml: string, name: string) => new RegExp(`<${name}>([^<]+)`).exec(xml)?.[1] ?? '';
    const VpcId = idIn(await call({ Action: 'CreateVpc', ...ec2 }), 'vpcId');
    const Subnets = await Promise.all(
      ['a', 'b'].map(async (zone, index) => {
        const subnet = { VpcId, CidrBlock: `10.0.${index}.0/24`, AvailabilityZone: `us-east-1${zone}` };
        return idIn(await call({ Action: 'CreateSubnet', ...subnet }), 'subnetId');
      }),
    );
    const [blue = '', green = ''] = await Promise.all(
      ['shop-blue', 'shop-green'].map(async (Name) => {
        const input = { Name, VpcId, Protocol: 'HTTP', Port: 80, TargetType: 'ip' } as const;
        const { TargetGroups = [] } = await alb.send(new CreateTargetGroupCommand(input));
        return TargetGroups[0]?.TargetGroupArn ?? '';
      }),
    );
    const { LoadBalancers = [] } = await alb.send(new CreateLoadBalancerCommand({ Name: 'shop', Subnets }));
    const DefaultActions = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } } as const];
    const { Listeners = [] } = await alb.send(
      new CreateListenerCommand({
        ...{ LoadBalancerArn: LoadBalancers[0]?.LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions },
      }),
    );
    const TargetGroups = [
      { TargetGroupArn: blue, Weight: 95 },
      { TargetGroupArn: green, Weight: 5 },
    ];
    await alb.send(
      new CreateRuleCommand({
        ListenerArn: Listeners[0]?.ListenerArn,
        Priority: 1,
        Conditions: [{ Field: 'host-header', Values: ['shop.example.com'] }],
        Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }],
      }),
    );

    const rules = await createListenerRules({ ...settings(), now: () => instant(0) })([blue, green]);

    expect(rules).toEqual([
      {
        label: 'HTTP:80, rule 1',
        hosts: ['shop.example.com'],
        forwards: [
          { targetGroup: blue, weight: 95 },
          { targetGroup: green, weight: 5 },
        ],
        isSticky: false,
      },
    ]);
    alb.destroy();
  });

  it('sends mail of a verified sender, and takes none of another', async () => {
    const ses = new SESv2Client(settings());
    await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: 'sluice@example.com' }));
    const mail = {
      to: ['ana@example.com'],
      subject: 'v2',
      text: 'text',
      html: '<p>text</p>',
      tags: { operation: 'op1' },
    };
    const mailer = createMailer(settings());

    expect(await mailer.send({ ...mail, from: 'sluice@example.com' })).toMatchObject({ kind: 'sent' });
    expect(await mailer.send({ ...mail, from: 'sluice@example.org' })).toMatchObject({ kind: 'rejected' });
    expect(await openInstallationOnAws(settings()).isVerified('nobody.example.net')).toBe(false);
    ses.destroy();
  });

  it('publishes a page, and knows who has subscribed', async () => {
    const sns = new SNSClient(settings());
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'sluice-page' }));
    const aws = openInstallationOnAws(settings());

    await createSnsPager({ ...settings(), topicArn: TopicArn }).page({ subject: 'Look – here', text: 'text' });

    expect(await aws.subscribers(TopicArn)).toEqual([]);
    expect(await aws.signatureVersion(TopicArn)).toBe('1');
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'ana@example.com' }));
    expect(await aws.subscribers(TopicArn)).toEqual(['ana@example.com']);
    expect([await aws.subscribers(`${TopicArn}-none`), await aws.signatureVersion(`${TopicArn}-none`)]).toEqual([
      null,
      null,
    ]);
    await expect(
      createSnsPager({ ...settings(), topicArn: `${TopicArn}-none` }).page({ subject: 'x', text: 'x' }),
    ).rejects.toMatchObject({ name: 'DependencyRefused' });
    sns.destroy();
  });

  it('takes events on a bus', async () => {
    const events = new EventBridgeClient(settings());
    await events.send(new CreateEventBusCommand({ Name: 'sluice' }));
    const detail = {
      version: 1,
      id: 'e1',
      at: '2026-11-26T10:00:00.000Z',
      service: 'chest-xray',
      actor: 'ana@example.com',
    };

    const published = createEventBus({ ...settings(), bus: 'sluice' }).publish({
      type: 'Service frozen',
      detail: { ...detail, reason: 'a look' },
    } as never); // its fields are not what is tested

    await expect(published).resolves.toBeUndefined();
    events.destroy();
  });

  it('describes an image, and one that is not there', async () => {
    const ecr = new ECRClient(settings());
    const repositoryName = 'chest-xray';
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        size: 2,
        digest: `sha256:${'a'.repeat(64)}`,
      },
      layers: [],
    });
    const { image } = await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: 'v1' }));
    const imageDigest = image?.imageId?.imageDigest ?? '';
    const registry = createEcrRegistry(settings());
    const name = `${account}.dkr.ecr.us-east-1.amazonaws.com/${repositoryName}`;
    const described = (digest: string) => registry.describe(name, digest, { scan: true });

    // Nothing has scanned it yet: no counts are not zero.
    expect(await described(imageDigest)).toMatchObject({
      present: true,
      scans: [{ digest: imageDigest, critical: null }],
    });
    await ecr.send(new StartImageScanCommand({ repositoryName, imageId: { imageDigest } }));
    expect(await described(imageDigest)).toMatchObject({ scans: [{ status: 'COMPLETE' }] });
    expect(await described(`sha256:${'0'.repeat(64)}`)).toEqual({ present: false, scans: null });

    // An image for several platforms is an index of images.
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        {
          mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
          digest: imageDigest,
          size: imageManifest.length,
          platform: { os: 'linux', architecture: 'amd64' },
        },
      ],
    });
    const imageManifestMediaType = 'application/vnd.oci.image.index.v1+json';
    const { image: listed } = await ecr.send(
      new PutImageCommand({ repositoryName, imageManifest: index, imageManifestMediaType, imageTag: 'v2' }),
    );
    // moto answers with the index as Python writes it, which is not the text of its digest: so it is not believed.
    await expect(described(listed?.imageId?.imageDigest ?? '')).rejects.toThrow(/BatchGetImage .* is not the index of/);
    ecr.destroy();
  });

  it('knows a cluster', async () => {
    const eks = new EKSClient(settings());
    const roleArn = `arn:aws:iam::${account}:role/eks`;
    await eks.send(new CreateClusterCommand({ name: 'production', roleArn, resourcesVpcConfig: {} }));
    const aws = openInstallationOnAws(settings());

    expect(await describeCluster({ ...settings(), clusterName: 'production' })).toMatchObject({
      endpoint: expect.stringMatching(/^https:/),
    });
    expect(await aws.cluster({ name: 'production', region: 'us-east-1' })).toMatchObject({ status: 'ACTIVE' });
    expect(await aws.cluster({ name: 'elsewhere', region: 'us-east-1' })).toBeNull();
    eks.destroy();
  });

  it('starts, lists, describes and stops executions', async () => {
    const states = new SFNClient(settings());
    const definition = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Wait', Seconds: 3600, End: true } } });
    const machine = { name: 'sluice-rollback', definition, roleArn: `arn:aws:iam::${account}:role/machine` };
    const { stateMachineArn = '' } = await states.send(new CreateStateMachineCommand(machine));
    const workflow = createWorkflow(settings());

    const started = await workflow.start({ stateMachineArn, name: 'op1', input: { a: 1 } });

    if (started.kind !== 'started') throw new Error('It has not started.');
    const { executionArn } = started;
    expect(await workflow.describe(executionArn)).toMatchObject({ status: 'RUNNING', input: '{"a":1}' });
    expect(await workflow.list({ stateMachineArn, status: 'RUNNING', limit: 10 })).toHaveLength(1);
    expect(await workflow.stop(executionArn, { error: 'Test', cause: 'over' })).toBe('stopped');
    expect(await workflow.describe(`${executionArn}-none`)).toBeNull();
    expect(await workflow.describe(executionArn)).toMatchObject({ status: 'ABORTED' });
    states.destroy();
  });

  it('takes callbacks', async () => {
    const workflow = createWorkflow(settings());

    // moto knows no tokens, and takes every one.
    expect(await workflow.succeed('token', { a: 1 })).toBe('sent');
    expect(await workflow.fail('token', { error: 'Test', cause: 'over' })).toBe('sent');
  });

  it('knows a secret, and one that is going to be deleted', async () => {
    const client = new SecretsManagerClient(settings());
    const aws = openInstallationOnAws(settings());
    await client.send(new CreateSecretCommand({ Name: 'sluice/pager-key', SecretString: 'key' }));
    const before = await aws.secret('sluice/pager-key');
    await client.send(new DeleteSecretCommand({ SecretId: 'sluice/pager-key' }));

    expect([before, await aws.secret('sluice/pager-key'), await aws.secret('sluice/none')]).toEqual([
      ...['there', 'deleted', 'absent'],
    ]);
    client.destroy();
  });

  it('describes a function, and one that is not there', async () => {
    const aws = openInstallationOnAws(settings());
    const lambda = new LambdaClient(settings());
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'sluice-act',
        Runtime: 'nodejs20.x',
        Handler: 'index.handler',
        Role: await roleInMoto('sluice-act'),
        Code: { ZipFile: zipSync({ 'index.js': new Uint8Array([49]) }) },
        Environment: { Variables: { SLUICE_TABLE: 'sluice' } },
      }),
    );

    expect([await aws.reserved('sluice-act'), await aws.network('sluice-act')]).toEqual([null, null]);
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: 'sluice-act', ReservedConcurrentExecutions: 5 }),
    );
    expect(await aws.reserved('sluice-act')).toBe(5);
    expect(await aws.home('sluice-act')).not.toBeNull();
    lambda.destroy();

    expect(await aws.reserved('sluice-none')).toBe('absent');
    expect(await aws.network('sluice-none')).toBe('absent');
    expect(await aws.home('sluice-none')).toBeNull();
  });

  it('was asked everything that an adapter asks AWS, but for what is named', () => {
    const inAdapters = new Set(
      globSync('adapters/**/*.ts', { cwd: root }).flatMap((file) =>
        [...readFileSync(join(root, file), 'utf8').matchAll(/\bnew (\w+)Command\(/g)].map(([, name = '']) => name),
      ),
    );
    const unasked = [...inAdapters].filter((name) => !asked.has(name));

    expect(unasked.sort()).toEqual(Object.keys(notAsked).sort());
  });
});
