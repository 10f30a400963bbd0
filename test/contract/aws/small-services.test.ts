import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchGetImageCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  ECRClient,
} from '@aws-sdk/client-ecr';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finishedScan } from '../../../sandbox/aws/image-scan.ts';
import { startEcr } from '../../../sandbox/aws/start-ecr.ts';
import { startEks } from '../../../sandbox/aws/start-eks.ts';
import { startSecretsManager } from '../../../sandbox/aws/start-secrets-manager.ts';
import { startSes } from '../../../sandbox/aws/start-ses.ts';
import { clientSettings } from './client-settings.ts';
import { closedAfterwards } from './opened.ts';

describe('Secrets Manager', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-secrets-'));
  });
  afterAll(() => rm(dataDir, { recursive: true }));

  it('gives the current and the previous value, also after a restart, from a file that only its owner reads', async () => {
    const first = await closedAfterwards(
      startSecretsManager({ port: 0, dataDir, secrets: { 'sluice/alertmanager': 'one' } }),
    );
    const client = new SecretsManagerClient(clientSettings(first.endpoint));
    await client.send(new PutSecretValueCommand({ SecretId: 'sluice/alertmanager', SecretString: 'two' }));
    await first.close();

    const second = await closedAfterwards(
      startSecretsManager({ port: 0, dataDir, secrets: { 'sluice/alertmanager': 'one' } }),
    );
    const again = new SecretsManagerClient(clientSettings(second.endpoint));
    const current = await again.send(new GetSecretValueCommand({ SecretId: 'sluice/alertmanager' }));
    const VersionStage = 'AWSPREVIOUS';
    const previous = await again.send(new GetSecretValueCommand({ SecretId: 'sluice/alertmanager', VersionStage }));

    expect([current.SecretString, previous.SecretString]).toEqual(['two', 'one']);
    expect((await stat(join(dataDir, 'secrets.json'))).mode & 0o777).toBe(0o600);
  });

  it('creates, describes and finds by ARN; refuses what is there already or is not there', async () => {
    const secrets = await closedAfterwards(startSecretsManager({ port: 0, dataDir }));
    const client = new SecretsManagerClient(clientSettings(secrets.endpoint));
    const created = await client.send(new CreateSecretCommand({ Name: 'sluice/github-token', SecretString: 'a' }));

    const described = await client.send(new DescribeSecretCommand({ SecretId: 'sluice/github-token' }));
    const byArn = await client.send(new GetSecretValueCommand({ SecretId: created.ARN }));

    expect(described.VersionIdsToStages).toEqual({ [created.VersionId ?? '']: ['AWSCURRENT'] });
    expect(byArn.SecretString).toBe('a');
    await expect(
      client.send(new CreateSecretCommand({ Name: 'sluice/github-token', SecretString: 'b' })),
    ).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
    const Previous = new GetSecretValueCommand({ SecretId: 'sluice/github-token', VersionStage: 'AWSPREVIOUS' });
    await expect(client.send(Previous)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'nothing' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
  });
});

describe('SES', () => {
  it('lists what was sent', async () => {
    const ses = await closedAfterwards(startSes({ port: 0 }));
    const client = new SESv2Client(clientSettings(ses.endpoint));
    const Simple = { Subject: { Data: 'Approve v2.1.0' }, Body: { Text: { Data: 'please' } } };
    const Destination = { ToAddresses: ['ana@example.com'] };

    await client.send(
      new SendEmailCommand({ FromEmailAddress: 'sluice@example.com', Destination, Content: { Simple } }),
    );
    const answer = await fetch(`${ses.endpoint}/store`);

    expect(await answer.json()).toMatchObject({
      emails: [{ subject: 'Approve v2.1.0', destination: { to: ['ana@example.com'] }, body: { text: 'please' } }],
    });
    expect(new URL(ses.endpoint).hostname).toBe('127.0.0.1');
  });

  it('says so when its port is taken', async () => {
    const first = await closedAfterwards(startSes({ port: 0 }));

    await expect(startSes({ port: Number(new URL(first.endpoint).port) })).rejects.toThrow(/taken/);
  });
});

describe('EKS', () => {
  it('describes a cluster and knows no other', async () => {
    const describe = (name: string) =>
      name === 'production' ? { endpoint: 'https://127.0.0.1:4443', caPem: 'PEM' } : undefined;
    const eks = await closedAfterwards(startEks({ port: 0, describe }));
    const client = new EKSClient(clientSettings(eks.endpoint));

    const { cluster } = await client.send(new DescribeClusterCommand({ name: 'production' }));

    expect(cluster).toMatchObject({
      arn: 'arn:aws:eks:us-east-1:123456789012:cluster/production',
      endpoint: 'https://127.0.0.1:4443',
      status: 'ACTIVE',
      certificateAuthority: { data: Buffer.from('PEM').toString('base64') },
    });
    await expect(client.send(new DescribeClusterCommand({ name: 'staging' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'No cluster found for name: staging.',
    });
  });
});

describe('ECR', () => {
  const repositoryName = 'chest-xray-mlops';
  const image = {
    repositoryName,
    digest: `sha256:${'a'.repeat(64)}`,
    tags: ['v2.1.0'],
    manifest: '{"schemaVersion":2}',
    pushedAt: new Date('2026-11-20T10:00:00Z'),
    scan: finishedScan({ CRITICAL: 1, HIGH: 2 }),
  };

  it('answers images by digest and by tag, with manifest and scan findings', async () => {
    const ecr = await closedAfterwards(startEcr({ port: 0, images: () => [image] }));
    const client = new ECRClient(clientSettings(ecr.endpoint));
    const byDigest = [{ imageDigest: image.digest }];

    const described = await client.send(new DescribeImagesCommand({ repositoryName, imageIds: byDigest }));
    const got = await client.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v2.1.0' }, { imageTag: 'v9' }] }),
    );
    const scan = await client.send(new DescribeImageScanFindingsCommand({ repositoryName, imageId: byDigest[0] }));

    expect(described.imageDetails).toEqual([
      expect.objectContaining({ imageTags: ['v2.1.0'], imagePushedAt: image.pushedAt, imageDigest: image.digest }),
    ]);
    expect(got.images?.[0]?.imageManifest).toBe(image.manifest);
    expect(got.failures).toMatchObject([{ failureCode: 'ImageNotFound', imageId: { imageTag: 'v9' } }]);
    expect(scan.imageScanFindings?.findingSeverityCounts).toEqual({ CRITICAL: 1, HIGH: 2 });
  });

  it('refuses an image, a repository and a request that make no sense', async () => {
    const ecr = await closedAfterwards(startEcr({ port: 0, images: () => [image] }));
    const client = new ECRClient(clientSettings(ecr.endpoint));
    const imageIds = [{ imageTag: 'v9.9.9' }];

    await expect(client.send(new DescribeImagesCommand({ repositoryName, imageIds }))).rejects.toMatchObject({
      name: 'ImageNotFoundException',
    });
    await expect(client.send(new DescribeImagesCommand({ repositoryName: 'other' }))).rejects.toMatchObject({
      name: 'RepositoryNotFoundException',
    });
    await expect(client.send(new BatchGetImageCommand({ repositoryName, imageIds: [] }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});
