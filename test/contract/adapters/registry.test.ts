import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { ScanStatus } from '@aws-sdk/client-ecr';
import { describe, expect, it } from 'vitest';
import { createEcrFiles } from '../../../adapters/registry/ecr-files.ts';
import { createEcrRegistry } from '../../../adapters/registry/ecr-registry.ts';
import { instant } from '../../../contracts/instant.ts';
import { finishedScan, type RegistryScan } from '../../../sandbox/aws/image-scan.ts';
import type { BesideImage } from '../../../sandbox/aws/registry-http.ts';
import { type RegistryImage, startEcr } from '../../../sandbox/aws/start-ecr.ts';
import { clientSettings } from '../aws/client-settings.ts';
import { closedAfterwards } from '../aws/opened.ts';
import { json, startScriptedServer } from './scripted-server.ts';

const image = '123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app';
const digestOf = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const pushedAt = new Date('2026-11-29T10:00:00Z');

const imageOf = (manifest: string, changes: Partial<RegistryImage> = {}): RegistryImage => ({
  repositoryName: 'team/app',
  digest: digestOf(manifest),
  tags: [],
  manifest,
  pushedAt,
  ...changes,
});

async function registryOf(...images: RegistryImage[]) {
  const { endpoint } = await closedAfterwards(startEcr({ port: 0, images: () => images }));
  return createEcrRegistry(clientSettings(endpoint));
}
const scanOf = async (scan?: RegistryScan) => {
  const one = imageOf('{}', scan === undefined ? {} : { scan });
  const found = await (await registryOf(one)).describe(image, one.digest, { scan: true });
  return found?.scans?.[0];
};

describe('an image in ECR', () => {
  it('is there or not, by its digest, and in no other registry', async () => {
    const one = imageOf('{}', { scan: finishedScan({}) });
    const registry = await registryOf(one);
    const missing = `sha256:${'0'.repeat(64)}`;

    expect(await registry.describe(image, one.digest, { scan: false })).toEqual({ present: true, scans: null });
    expect(await registry.describe(`${image}:v1`, one.digest, { scan: false })).toEqual({ present: true, scans: null });
    expect(await registry.describe(image, missing, { scan: true })).toEqual({ present: false, scans: null });
    expect(await registry.describe(`${image}-other`, one.digest, { scan: true })).toMatchObject({ present: false });
    expect(await registry.describe('ghcr.io/team/app', one.digest, { scan: true })).toBeNull();
  });

  it('has the findings of a basic scan by name, however many pages they fill', async () => {
    const low = Array.from({ length: 1_500 }, (_, index) => ({ id: `CVE-L-${index}`, severity: 'LOW' }));
    const critical = [{ id: 'CVE-1', severity: 'CRITICAL' }];
    const findings = [...low, ...critical, { id: 'CVE-2', severity: 'HIGH' }, ...critical];

    expect(await scanOf({ kind: 'basic', status: 'COMPLETE', findings })).toEqual({
      digest: digestOf('{}'),
      platform: null,
      status: 'COMPLETE',
      description: '',
      pushedAt: instant(pushedAt.getTime()),
      critical: 2,
      high: 1,
      findings: [{ id: 'CVE-1', count: 2 }],
    });
  });

  it('has the findings of an enhanced scan, of which DescribeImages says nothing, by vulnerability', async () => {
    const findings = [
      { id: 'CVE-1', severity: 'CRITICAL' },
      { id: 'CVE-2', severity: 'CRITICAL', status: 'CLOSED' },
    ];

    const scan = await scanOf({ kind: 'enhanced', status: 'ACTIVE', findings });

    expect(scan).toMatchObject({ status: 'ACTIVE', findings: [{ id: 'CVE-1', count: 1 }] });
  });

  it.each(Object.values(ScanStatus))('tells the state %s as ECR does, of either kind of scan', async (status) => {
    const description = 'as ECR says it';

    for (const kind of ['basic', 'enhanced'] as const) {
      expect(await scanOf({ kind, status, description, findings: [] })).toMatchObject({ status, description });
    }
  });

  it('without a scan says so', async () => {
    expect(await scanOf()).toMatchObject({ status: 'NONE', critical: null, pushedAt: instant(pushedAt.getTime()) });
  });
});

it.each([
  ['no findings at all', {}],
  ['findings without counts', { imageScanFindings: { findings: [] } }],
])('a finished scan of which ECR gives %s has no counts, which is not zero', async (_, findings) => {
  const server = await closedAfterwards(startScriptedServer());
  const imageScanStatus = { status: 'COMPLETE' };
  const answer = { imageDetails: [{ imageDigest: digestOf('{}'), imageScanStatus }], imageScanStatus, ...findings };
  server.answer(json(answer));

  const found = await createEcrRegistry(clientSettings(server.url)).describe(image, digestOf('{}'), { scan: true });

  expect(found?.scans).toMatchObject([{ status: 'COMPLETE', critical: null, high: null }]);
});

it('counts that only DescribeImages has count', async () => {
  const server = await closedAfterwards(startScriptedServer());
  const imageScanStatus = { status: 'COMPLETE' };
  const imageScanFindingsSummary = { findingSeverityCounts: { CRITICAL: 3 } };
  const imageDetails = [{ imageDigest: digestOf('{}'), imageScanStatus, imageScanFindingsSummary }];
  server.answer(json({ imageDetails, imageScanStatus }));

  const found = await createEcrRegistry(clientSettings(server.url)).describe(image, digestOf('{}'), { scan: true });

  expect(found?.scans).toMatchObject([{ critical: 3, high: 0 }]);
});

it('an image of another account and region is asked for there, by the account\u2019s id and signed for the region', async () => {
  const server = await closedAfterwards(startScriptedServer());
  const scanned = { imageDigest: digestOf('{}'), imageScanStatus: { status: 'ACTIVE' } };
  server.answer(json({ imageDetails: [scanned], imageScanFindings: {}, imageScanStatus: { status: 'ACTIVE' } }));
  const registry = createEcrRegistry(clientSettings(server.url));
  const elsewhere = '999999999999.dkr.ecr.eu-west-1.amazonaws.com/team/app';

  await registry.describe(elsewhere, digestOf('{}'), { scan: true });
  await registry.describe(image, digestOf('{}'), { scan: false });

  const asked = server.seen.map(({ headers, body }) => ({
    ...{ call: String(headers['x-amz-target']).split('.')[1], registryId: JSON.parse(body).registryId },
    region: /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1],
  }));
  const there = { registryId: '999999999999', region: 'eu-west-1' };
  expect(asked).toEqual([
    { call: 'DescribeImages', ...there },
    { call: 'DescribeImageScanFindings', ...there },
    { call: 'DescribeImages', registryId: '123456789012', region: 'us-east-1' },
  ]);
});

describe('an image index in ECR', () => {
  const amd = imageOf('{"amd":1}', { scan: finishedScan({ CRITICAL: 1 }) });
  const arm = imageOf('{"arm":1}', { scan: { kind: 'enhanced', status: 'PENDING', findings: [] } });
  const attested = imageOf('{"attested":1}');
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const indexOf = (...manifests: object[]) =>
    imageOf(JSON.stringify({ schemaVersion: 2, mediaType, manifests }), { mediaType });
  const listed = ({ digest }: RegistryImage, os: string, architecture: string, more: object = {}) => ({
    digest,
    platform: { os, architecture, ...more },
  });
  const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };

  it('has the scans of the images that it lists, and none of what BuildKit attests beside them', async () => {
    const index = indexOf(listed(amd, 'linux', 'amd64'), listed(arm, 'linux', 'arm64', { variant: 'v8' }), {
      ...listed(attested, 'unknown', 'unknown'),
      annotations,
    });
    const registry = await registryOf(index, amd, arm, attested);

    const found = await registry.describe(image, index.digest, { scan: true });

    expect(found?.scans).toMatchObject([
      { digest: amd.digest, platform: 'linux/amd64', status: 'COMPLETE', critical: 1 },
      { digest: arm.digest, platform: 'linux/arm64/v8', status: 'PENDING' },
    ]);
  });

  it('lets no image pass for an attestation that a node could run, and misses one that is not there', async () => {
    const index = indexOf(
      { ...listed(amd, 'linux', 'amd64'), annotations },
      listed(imageOf('{"gone":1}'), 'linux', 's390x'),
      { digest: attested.digest },
    );
    const registry = await registryOf(index, amd, attested);

    const found = await registry.describe(image, index.digest, { scan: true });

    expect(found?.scans?.map(({ platform, status }) => [platform, status])).toEqual([
      ['linux/amd64', 'COMPLETE'],
      ['linux/s390x', 'NONE'],
      ['unknown/unknown', 'NONE'],
    ]);
  });

  it('is not believed when it is another text than its digest says', async () => {
    const index = { ...indexOf(listed(amd, 'linux', 'amd64')), manifest: '{"manifests":[]}' };
    const registry = await registryOf(index, amd);

    await expect(registry.describe(image, index.digest, { scan: true })).rejects.toThrow(
      /not the index of this digest/,
    );
  });
});

describe('what lies beside an image in ECR', () => {
  const digest = digestOf('the image');
  const tag = `${digest.replace(':', '-')}.sig`;
  const layer = { mediaType: 'text/plain', digest: digestOf('content'), annotations: { a: 'b' } };
  const tagged: BesideImage = { tag, manifest: JSON.stringify({ layers: [layer] }), blobs: ['content'] };
  const referring: BesideImage = {
    manifest: JSON.stringify({ artifactType: 'text/plain', layers: [layer], subject: { digest } }),
    blobs: ['content'],
  };
  const filesOf = async (...beside: BesideImage[]) => {
    const { endpoint } = await closedAfterwards(
      startEcr({ port: 0, images: () => [], beside: async (_name, of) => (of === digest ? beside : []) }),
    );
    return createEcrFiles({ ...clientSettings(endpoint), now: () => instant(0) });
  };

  /** A registry that answers every GET so. */
  const scripted = async (answer: (response: ServerResponse) => void) => {
    const server = await closedAfterwards(startScriptedServer());
    const token = { authorizationToken: 'QVdTOng=', proxyEndpoint: server.url };
    server.answer((request, response) =>
      request.method === 'POST' ? json({ authorizationData: [token] })(request, response) : answer(response),
    );
    return { server, files: createEcrFiles({ ...clientSettings(server.url), now: () => instant(0) }) };
  };

  it('is read by tag, by what refers to the image, and by digest, through the redirect to the content', async () => {
    const files = await filesOf(tagged, referring);

    expect(await files.manifest(image, tag)).toEqual({ artifactType: null, layers: [layer] });
    const [first, ...more] = await files.referrers(image, digest);
    expect([first, more]).toEqual([{ digest: digestOf(referring.manifest), artifactType: 'text/plain' }, []]);
    expect(await files.manifest(image, first?.digest ?? '')).toEqual({ artifactType: 'text/plain', layers: [layer] });
    expect((await files.blob(image, layer.digest)).toString()).toBe('content');
  });

  it('is listed to its last page', async () => {
    const many = Array.from({ length: 120 }, (_, index) => ({
      manifest: JSON.stringify({ layers: [], subject: { digest }, annotations: { index } }),
      blobs: [],
    }));
    const files = await filesOf(...many);

    const found = await files.referrers(image, digest);

    expect(found).toEqual(many.map(({ manifest }) => ({ digest: digestOf(manifest), artifactType: null })));
  });

  it.each(['https://elsewhere.example/v2/team/app/referrers/x', '/v2/another/app/referrers/x', 'http://['])(
    'is not looked for where the token must not go (%s)',
    async (target) => {
      const { server, files } = await scripted((response) =>
        response.writeHead(200, { link: `<${target}>; rel="next"` }).end('{"manifests":[]}'),
      );

      await expect(files.referrers(image, digest)).rejects.toThrow(/its list goes on elsewhere/);
      expect(server.seen.filter(({ method }) => method === 'GET')).toHaveLength(1);
    },
  );

  it('is not believed when it is another content than its digest says', async () => {
    const { server, files } = await scripted((response) => response.writeHead(200).end('{"layers":[]}'));

    await expect(files.blob(image, layer.digest)).rejects.toThrow(/has the digest sha256:/);
    await expect(files.manifest(image, digest)).rejects.toThrow(/has the digest sha256:/);
    expect(server.seen.at(-1)?.headers.authorization).toBe('Basic QVdTOng=');
  });

  it('is nothing where there is nothing, and a blob that is named and gone is refused', async () => {
    const files = await filesOf();

    expect(await files.manifest(image, tag)).toBeNull();
    expect(await files.referrers(image, digest)).toEqual([]);
    await expect(files.blob(image, digestOf('gone'))).rejects.toThrow(/is not there/);
    await expect(files.manifest('ghcr.io/team/app', tag)).rejects.toThrow(/not in an ECR registry/);
  });
});
