import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import snappy from 'snappyjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttestationQuestion } from '../../../adapters/attestation/attestations.ts';
import { createAttestations } from '../../../adapters/attestation/create-attestations.ts';
import { createEcrFiles } from '../../../adapters/registry/ecr-files.ts';
import { createGitHub } from '../../../adapters/shared/github.ts';
import { instant } from '../../../contracts/instant.ts';
import { startEcr } from '../../../sandbox/aws/start-ecr.ts';
import { buildRelease } from '../../../sandbox/github/built-release.ts';
import {
  createSeed,
  demoService,
  seededAccounts,
  seededImage,
  serviceRepository,
} from '../../../sandbox/github/seed.ts';
import { startGitHub } from '../../../sandbox/github/start-github.ts';
import {
  type BuildSignatures,
  createBuildSignatures,
  trustRootFile,
} from '../../../sandbox/sigstore/build-signatures.ts';
import {
  createSigningService,
  provenanceOf,
  type SigningService,
  sbomOf,
} from '../../../sandbox/sigstore/signing-service.ts';
import { clientSettings } from '../aws/client-settings.ts';
import { closedAfterwards } from '../aws/opened.ts';
import { json, startScriptedServer } from './scripted-server.ts';

const commit = 'c'.repeat(40);
const release = {
  ...buildRelease(seededImage, 'v2.1.0', commit),
  builtBy: { repository: serviceRepository, workflow: '.github/workflows/ci.yml', branch: 'main' },
};
const { digest } = release;
const run = { repository: serviceRepository, ref: 'refs/heads/main', commit, workflow: '.github/workflows/ci.yml' };
const question: AttestationQuestion = {
  repository: serviceRepository,
  image: seededImage,
  digest,
  from: ['github', 'registry'],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-attestations-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The adapter over GitHub and a registry, trusting `trusted_root.json` in the folder. */
const attestationsOver = (gitHub: string, ecr: string) =>
  createAttestations({
    github: createGitHub({ baseUrl: gitHub, token: async () => 'token' }),
    registry: createEcrFiles({ ...clientSettings(ecr), now: () => instant(0) }),
    trustRoots: ['public-good', trustRootFile],
    folder,
  });

describe('what the sandbox’s CI signed', () => {
  const start = async (signatures: BuildSignatures) => {
    const dataDir = await mkdtemp(join(folder, 'github-'));
    const chartDir = join(import.meta.dirname, '..', '..', '..', 'charts', 'service');
    const gitHub = await closedAfterwards(
      startGitHub({
        port: 0,
        dataDir,
        tokens: ['token'],
        accounts: seededAccounts,
        ci: [{ repository: serviceRepository, branch: 'main', image: seededImage }],
        seed: await createSeed([{ service: demoService, chartDir }]),
        attestations: signatures.attestations,
      }),
    );
    const ecr = await closedAfterwards(
      startEcr({ port: 0, images: () => [], beside: (_name, of) => signatures.beside(of) }),
    );
    return attestationsOver(gitHub.endpoint, ecr.endpoint);
  };
  const signatures = () =>
    createBuildSignatures({ dataDir: folder, releaseOf: (of) => (of === digest ? release : undefined) });

  it('is found at GitHub and in the registry, and holds: provenance, SBOM and signature of this very digest', async () => {
    const attestations = await start(signatures());

    const found = await attestations.find(question);

    expect(found.map(({ source, predicateType, problem }) => [source, predicateType, problem])).toEqual([
      ['github', 'https://slsa.dev/provenance/v1', null],
      ['github', 'https://spdx.dev/Document/v2.3', null],
      ['registry', null, null],
    ]);
    for (const { subjects, signer } of found) {
      expect(subjects).toEqual([digest]);
      expect(signer).toMatchObject({ commit, repository: `https://github.com/${serviceRepository}` });
    }
  });

  it('is looked for where it was asked, and is nothing for what CI did not build', async () => {
    const attestations = await start(signatures());

    expect((await attestations.find({ ...question, from: ['registry'] })).map(({ source }) => source)).toEqual([
      'registry',
    ]);
    expect(await attestations.find({ ...question, digest: `sha256:${'0'.repeat(64)}` })).toEqual([]);
  });
});

describe('what GitHub answers', () => {
  let signing: SigningService;
  let bundle: object;
  beforeAll(async () => {
    signing = await createSigningService();
    await writeFile(join(folder, trustRootFile), JSON.stringify(signing.trustRoot));
    bundle = await signing.attest(provenanceOf(seededImage, digest, run), run);
  });
  const find = async (answer: (url: string) => object, files: Record<string, { type: string; body: Buffer }> = {}) => {
    const server = await closedAfterwards(startScriptedServer());
    server.answer((request, response) => {
      const file = files[request.path];
      if (file === undefined) return json(answer(server.url))(request, response);
      response.writeHead(200, { 'content-type': file.type }).end(file.body);
    });
    const found = await attestationsOver(server.url, server.url).find({ ...question, from: ['github'] });
    return { found, seen: server.seen };
  };

  it('may be an address in place of the bundle, to which no token goes, packed or not', async () => {
    const text = Buffer.from(JSON.stringify(bundle));
    const files = {
      '/packed?sig=s': { type: 'application/x-snappy', body: Buffer.from(snappy.compress(text)) },
      '/plain': { type: 'application/json', body: text },
    };

    const { found, seen } = await find(
      (url) => ({
        attestations: [
          { bundle: null, bundle_url: `${url}/packed?sig=s`, repository_id: 1 },
          { bundle_url: `${url}/plain` },
        ],
      }),
      files,
    );

    expect(found.map(({ problem, subjects }) => [problem, subjects])).toEqual([
      [null, [digest]],
      [null, [digest]],
    ]);
    expect(seen.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      [`/repos/${serviceRepository}/attestations/${encodeURIComponent(digest)}?per_page=100`, 'Bearer token'],
      ['/packed?sig=s', undefined],
      ['/plain', undefined],
    ]);
  });

  it('is told as a problem where a bundle cannot be read, beside those that can', async () => {
    const { found } = await find(
      (url) => ({
        attestations: [
          { bundle: null },
          { bundle_url: 'http://elsewhere.example/bundle' },
          { bundle_url: `${url}/broken` },
          { bundle: { mediaType: 'text/plain' } },
          { bundle },
        ],
      }),
      { '/broken': { type: 'application/x-snappy', body: Buffer.from('no snappy') } },
    );

    expect(found.map(({ problem }) => problem)).toEqual([
      'GitHub names no bundle of it',
      'its bundle has no https address',
      expect.stringContaining('its bundle is not readable'),
      expect.any(String),
      null,
    ]);
  });

  it('is refused when it is no list, and nothing when GitHub knows none', async () => {
    await expect(find(() => ({ attestations: {} }))).rejects.toThrow(/not a list of attestations/);
    const server = await closedAfterwards(startScriptedServer());
    server.answer(json({ message: 'Not Found' }, 404));
    expect(await attestationsOver(server.url, server.url).find({ ...question, from: ['github'] })).toEqual([]);
  });
});

describe('a trust root that cannot be read', () => {
  it.each(['no trust root', '{"tlogs": [{}]}', ''])('is told with its name: %j', async (text) => {
    await writeFile(join(folder, trustRootFile), text);
    const server = await closedAfterwards(startScriptedServer());
    server.answer(json({ attestations: [{ bundle: {} }] }));
    const attestations = attestationsOver(server.url, server.url);

    const finding = attestations.find({ ...question, from: ['github'] });

    await expect(finding).rejects.toThrow(/attestations\.trustRoots \(public-good, trusted_root\.json\)/);
  });
});

describe('what lies beside the image', () => {
  it('is also an attestation of OCI 1.1 that refers to it, and one of an earlier cosign; a broken one is told', async () => {
    const signing = await createSigningService();
    await writeFile(join(folder, trustRootFile), JSON.stringify(signing.trustRoot));
    const sbom = JSON.stringify(await signing.attest(sbomOf(seededImage, digest), run));
    const layer = (mediaType: string, content: string, annotations = {}) => ({
      mediaType,
      digest: digestOf(content),
      annotations,
    });
    const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    const referring = (...layers: object[]) =>
      JSON.stringify({ artifactType: bundleType, layers, subject: { digest } });
    const broken = '{"mediaType":';
    const { endpoint } = await closedAfterwards(
      startEcr({
        port: 0,
        images: () => [],
        beside: async () => [
          { manifest: referring(layer(bundleType, sbom)), blobs: [sbom] },
          { manifest: referring(layer(bundleType, broken)), blobs: [broken] },
          { manifest: referring(layer('text/plain', 'other')), blobs: ['other'] },
          {
            tag: `${digest.replace(':', '-')}.att`,
            manifest: JSON.stringify({ layers: [layer('application/vnd.dsse.envelope.v1+json', '{}')] }),
            blobs: ['{}'],
          },
        ],
      }),
    );

    const found = await attestationsOver(endpoint, endpoint).find({ ...question, from: ['registry'] });

    expect(found.map(({ predicateType, problem }) => [predicateType, problem])).toEqual([
      [null, 'it was signed with a key, and only certificates say which workflow signed'],
      ['https://spdx.dev/Document/v2.3', null],
      [null, expect.stringMatching(/JSON/)],
    ]);
  });
});

const digestOf = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
