import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { DescribeTargetGroupsCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { KMSClient, VerifyMacCommand } from '@aws-sdk/client-kms';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditBucket, pageTopic, secretNames } from '../../sandbox/installation.ts';
import { type Pipeline, pipelineOf } from '../support/pipeline.ts';
import { type SandboxProcess, startSandboxProcess } from '../support/sandbox-process.ts';
import { patienceMs, until } from '../support/until.ts';

const root = join(import.meta.dirname, '..', '..');

describe('what a running sandbox told', () => {
  let sandbox: SandboxProcess;
  let pipeline: Pipeline;
  beforeAll(async () => {
    sandbox = await startSandboxProcess('--no-load');
    pipeline = pipelineOf(sandbox);
    await until('it has said where everything is', patienceMs, async () => sandbox.output().includes('Ctrl-C'));
  });
  afterAll(() => sandbox?.dispose());

  /** Addresses of AWS services as printed, by name. */
  const printedEndpoints = () => {
    const [, list = ''] = sandbox.output().split('AWS_SECRET_ACCESS_KEY=');
    return new Map([...list.matchAll(/^ {2}([a-z0-9]+) +(http:\S+)$/gm)].map(([, name = '', url = '']) => [name, url]));
  };
  const printed = (name: string) => new RegExp(`${name}=(\\S+)`).exec(sandbox.output())?.[1] ?? '';

  it('every AWS endpoint that is printed takes the access key that is printed', async () => {
    const endpoints = printedEndpoints();
    const settings = (service: string) => ({
      endpoint: endpoints.get(service) ?? '',
      region: printed('AWS_REGION'),
      credentials: {
        accessKeyId: printed('AWS_ACCESS_KEY_ID'),
        secretAccessKey: printed('AWS_SECRET_ACCESS_KEY'),
      },
      maxAttempts: 1,
    });
    const digest = { repositoryName: 'chest-xray-mlops' };
    const asked: Readonly<Record<string, () => Promise<unknown>>> = {
      stepfunctions: () => new SFNClient(settings('stepfunctions')).send(new ListStateMachinesCommand({})),
      lambda: () =>
        new LambdaClient(settings('lambda')).send(new GetFunctionCommand({ FunctionName: 'sluice-guardian' })),
      dynamodb: () => new DynamoDBClient(settings('dynamodb')).send(new ListTablesCommand({})),
      ses: () =>
        new SESv2Client(settings('ses')).send(
          new SendEmailCommand({
            FromEmailAddress: 'sluice@example.com',
            Destination: { ToAddresses: ['operator@example.com'] },
            Content: { Simple: { Subject: { Data: 'a test' }, Body: { Text: { Data: 'of the key' } } } },
          }),
        ),
      eks: () => new EKSClient(settings('eks')).send(new DescribeClusterCommand({ name: 'production' })),
      ecr: () => new ECRClient(settings('ecr')).send(new DescribeImagesCommand(digest)),
      secretsmanager: () =>
        new SecretsManagerClient(settings('secretsmanager')).send(
          new DescribeSecretCommand({ SecretId: secretNames.apiToken }),
        ),
      events: () => new EventBridgeClient(settings('events')).send(new ListRulesCommand({})),
      cloudwatch: () => {
        const [StartTime, EndTime] = [new Date('2026-11-30T10:00:00Z'), new Date('2026-11-30T10:05:00Z')];
        const Metric = { Namespace: 'AWS/ApplicationELB', MetricName: 'RequestCount' };
        const MetricDataQueries = [{ Id: 'requests', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }];
        return new CloudWatchClient(settings('cloudwatch')).send(
          new GetMetricDataCommand({ StartTime, EndTime, MetricDataQueries }),
        );
      },
      // The sandbox's own service is Istio's: no target group exists.
      loadbalancing: () =>
        new ElasticLoadBalancingV2Client(settings('loadbalancing')).send(new DescribeTargetGroupsCommand({})),
      // A seal that nobody made: that it is found out is the answer.
      kms: () =>
        new KMSClient(settings('kms'))
          .send(
            new VerifyMacCommand({
              KeyId: 'alias/sluice-audit',
              Message: Buffer.from('a test'),
              Mac: Buffer.alloc(32),
              MacAlgorithm: 'HMAC_SHA_256',
            }),
          )
          .catch((error: Error) => {
            if (error.name !== 'KMSInvalidMacException') throw error;
          }),
      s3: () =>
        new S3Client({ ...settings('s3'), forcePathStyle: true }).send(
          new ListObjectVersionsCommand({ Bucket: auditBucket }),
        ),
      sns: () => new SNSClient(settings('sns')).send(new PublishCommand({ TopicArn: pageTopic, Message: 'a test' })),
    };

    expect([...endpoints.keys()].sort()).toEqual(Object.keys(asked).sort());
    expect(Object.fromEntries(endpoints)).toEqual(sandbox.ready.endpoints);
    const answers = await Promise.all(
      Object.entries(asked).map(async ([service, ask]) => [
        service,
        await ask().then(
          () => 'answered',
          (error: Error) => `${error.name}: ${error.message}`,
        ),
      ]),
    );
    expect(Object.fromEntries(answers)).toEqual(
      Object.fromEntries(Object.keys(asked).map((name) => [name, 'answered'])),
    );
  });

  it('it said what it was starting, step by step', () => {
    const said = [...sandbox.output().matchAll(/^ {2}\d+\.\d s {2}(.*)$/gm)].map(([, step]) => step);

    expect(said).toEqual([
      expect.stringContaining('loading'),
      expect.stringMatching(/GitHub.*Kubernetes.*DynamoDB/),
      expect.stringMatching(/Lambda.*Step Functions/),
      expect.stringContaining('installing Sluice'),
      expect.stringContaining('console'),
    ]);
  });

  it('every address that refuses a browser is printed with what it needs', async () => {
    const [before = ''] = sandbox.output().split('AWS, for the CLI');
    const lines = before.split('\n').filter((line) => line.includes('http://'));
    const refused = await Promise.all(
      lines.map(async (line) => {
        const { status } = await fetch(/http:\/\/\S+/.exec(line)?.[0] ?? '', { headers: { accept: 'text/html' } });
        return status < 400 ? '' : line;
      }),
    );

    const marked = /\((\d{3} in a browser: needs|takes POST, )/;
    expect(lines.filter((line) => marked.test(line))).toEqual(refused.filter((line) => line !== ''));
    expect(refused.filter((line) => line.includes('(401 in a browser'))).toHaveLength(2);
  });

  it('mails, and the links in them, are there again after kill -9', async () => {
    await pipeline.deliver(await pipeline.workflowRunPayload());
    const approvers = ['ana@example.com', 'ben@example.com', 'cleo@example.com'];
    await pipeline.linksOf('v2.1.0', approvers);
    const sent = await pipeline.mails();
    const { console: before } = sandbox.ready;

    await sandbox.killAndRestart();

    // On other ports: whoever opens such a link has to know where the console is now.
    await until('it says so', patienceMs, async () =>
      sandbox.output().includes(`The console was at ${before} before.`),
    );
    const mails = await pipeline.mails();
    expect(mails.slice(0, sent.length)).toEqual(sent);
    const links = await pipeline.linksOf('v2.1.0', approvers);
    const rejection = { decision: 'reject', version: 'v2.1.0', reason: 'seen after the restart' };
    expect((await pipeline.decide(links.get('cleo@example.com') ?? '', rejection)).status).toBe(200);
    const { id } = await pipeline.firstOperation();
    await pipeline.endsAs(id, 'rejected');
  });
});

describe('npm start', () => {
  let folder: string;
  let child: ChildProcess | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-first-look-'));
  });
  afterEach(async () => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });
  /** Starts the sandbox's own program with these flags of node before it. */
  function start(node: readonly string[], flags: readonly string[], more: NodeJS.ProcessEnv = {}) {
    const { NODE_OPTIONS: _, ...env } = process.env;
    const started = spawn(
      process.execPath,
      [...node, 'sandbox/main.ts', '--port', '0', '--no-load', '--data-dir', join(folder, 'data'), ...flags],
      { cwd: root, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child = started;
    let printed = '';
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
      });
    }
    return { ended: once(started, 'exit'), output: () => printed };
  }

  it('says what it is doing before it loads a package or reads its configuration', async () => {
    const announce = `import { registerHooks } from 'node:module';
      import { writeSync } from 'node:fs';
      registerHooks({ load: (url, context, next) => {
        if (url.includes('/node_modules/')) writeSync(1, 'LOADS ' + url + '\\n');
        return next(url, context);
      } });`;
    const configuration = join(folder, 'sluice.yaml');
    execFileSync('mkfifo', [configuration]);

    // The configuration is read from a pipe into which nobody has written yet.
    const { output, ended } = start(
      ['--import', `data:text/javascript,${encodeURIComponent(announce)}`],
      ['--config', configuration],
    );
    await until('it says something', patienceMs, async () => output().includes('\n'));
    const [first = ''] = output().split('\n');
    await writeFile(configuration, 'services: none');
    await ended;

    expect(first).toMatch(/^Sluice is starting; its state is in \S+data\.$/);
    // The packages that read a configuration came later.
    expect(output()).toMatch(/^LOADS \S+zod/m);
  });

  it('explains npm’s warnings of engines to whom an older Node has given them, and to nobody else', async () => {
    const of = async (version: string) => {
      const { output } = start([], ['--config', '/dev/null'], {
        npm_config_user_agent: `npm/10.8.2 node/${version} linux`,
      });
      await once(child as ChildProcess, 'exit'); // started just now; it ends since that is no configuration
      return output();
    };

    expect(await of('v20.20.2')).toContain(
      `EBADENGINE warnings are about this machine's Node 20.20.2. Sluice runs on Node ${process.versions.node}`,
    );
    expect(await of('v24.21.0')).not.toContain('EBADENGINE');
  });
});
