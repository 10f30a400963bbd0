import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { initializeTSA } from '@sigstore/mock';
import { beforeAll, describe, expect, it } from 'vitest';
import { findInRegistry } from '../../../../adapters/attestation/registry-attestations.ts';
import { createVerifier } from '../../../../adapters/attestation/verify-bundle.ts';
import type { FileManifest } from '../../../../adapters/registry/registry-files.ts';
import { signatureManifest } from '../../../../sandbox/sigstore/build-signatures.ts';
import {
  createSigningService,
  provenanceOf,
  type SigningRun,
  type SigningService,
  sbomOf,
} from '../../../../sandbox/sigstore/signing-service.ts';

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');
const fixture = (name: string) => JSON.parse(read(`../../../fixtures/sigstore/${name}`));
const publicGood = read('../../../../adapters/attestation/public-good-root.json');

describe('attestations of public releases, against the public root that is built in', () => {
  const verify = createVerifier([publicGood]);

  it.each(['sigstore-js-2.1.0-bundle.json', 'sigstore-js-2.1.0-bundle-v0.1.json'])('%s holds', (name) => {
    expect(verify({ source: 'github', bundle: fixture(name) })).toEqual({
      source: 'github',
      problem: null,
      predicateType: 'https://slsa.dev/provenance/v1',
      // A package of npm, which is named by SHA-512.
      subjects: [],
      signer: {
        identity: 'https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main',
        issuer: 'https://token.actions.githubusercontent.com',
        repository: 'https://github.com/sigstore/sigstore-js',
        ref: 'refs/heads/main',
        commit: '26d16513386ffaa790b1c32f927544f1322e4194',
        workflow: 'https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main',
      },
      sourceCommit: '26d16513386ffaa790b1c32f927544f1322e4194',
    });
  });

  it('tells the reusable workflow that signed from the repository whose run called it', () => {
    const { signer, subjects, problem } = verify({
      source: 'github',
      bundle: fixture('reusable-workflow-attestation.sigstore.json'),
    });

    expect(problem).toBeNull();
    expect(subjects).toEqual(['sha256:49a3aa6075e0f49f82843e74b5baa614ad2a588e6675612bf108a0a008c5ac25']);
    expect(signer).toMatchObject({
      identity: expect.stringMatching(
        /^https:\/\/github\.com\/github\/artifact-attestations-workflows\/.*\/attest\.yml@09b4/,
      ),
      repository: 'https://github.com/malancas/attest-demo',
      ref: 'refs/heads/main',
      commit: '95baf27389e83e6a5c48f42e190d48d7abcea19e',
      workflow: 'https://github.com/malancas/attest-demo/.github/workflows/shared.yml@refs/heads/main',
    });
  });

  it('refuses a signature that does not fit, and says nothing of what it claims', () => {
    expect(verify({ source: 'github', bundle: fixture('sigstoreBundle-invalid-signature.json') })).toEqual({
      source: 'github',
      problem: 'tlog entry signature mismatch',
      predicateType: null,
      subjects: [],
      signer: null,
      sourceCommit: null,
    });
  });
});

describe('attestations of a Sigstore of one’s own', () => {
  const run: SigningRun = {
    repository: 'example/app',
    ref: 'refs/heads/main',
    commit: 'c'.repeat(40),
    workflow: '.github/workflows/ci.yml',
  };
  const digest = `sha256:${'a'.repeat(64)}`;
  let service: SigningService;
  let other: SigningService;
  let bundle: Bundle;
  beforeAll(async () => {
    [service, other] = await Promise.all([createSigningService(), createSigningService()]);
    // The shape that the service gives it.
    bundle = (await service.attest(provenanceOf('app', digest, run), run)) as Bundle;
  });
  interface Bundle {
    verificationMaterial: { certificate: { rawBytes: string }; tlogEntries: Record<string, unknown>[] };
    dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
  }
  const trusting = (...services: SigningService[]) =>
    createVerifier(services.map(({ trustRoot }) => JSON.stringify(trustRoot)));
  const verify = (changed: object = bundle, ...services: SigningService[]) =>
    trusting(...(services.length > 0 ? services : [service]))({ source: 'github', bundle: changed });

  it('hold against its root, also as one of several, each in a file or a line', async () => {
    const lines = [publicGood, JSON.stringify(service.trustRoot)].map((root) => JSON.stringify(JSON.parse(root)));

    expect(verify()).toMatchObject({ problem: null, subjects: [digest], sourceCommit: run.commit });
    expect(verify(bundle, other, service).problem).toBeNull();
    expect(createVerifier([lines.join('\n')])({ source: 'github', bundle }).problem).toBeNull();
    const sbom = await service.attest(sbomOf('app', digest), run);
    expect(verify(sbom)).toMatchObject({ problem: null, predicateType: 'https://spdx.dev/Document/v2.3' });
  });

  it('count as what cosign 2 puts beside an image: a manifest by its tag, a payload, a certificate and the log\u2019s promise', async () => {
    const signed = await service.signImage('registry.example.com/app', digest, run);
    const beside = signatureManifest(digest, signed);
    const manifest: FileManifest = JSON.parse(beside.manifest);
    const payload = Buffer.from(signed.payload);
    // https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
    expect(beside.tag).toBe(`${digest.replace(':', '-')}.sig`);
    expect(Object.keys(signed.annotations)).toEqual(
      expect.arrayContaining([
        'dev.cosignproject.cosign/signature',
        'dev.sigstore.cosign/bundle',
        'dev.sigstore.cosign/certificate',
      ]),
    );

    const found = await findInRegistry(
      {
        manifest: async (_image, reference) => (reference === beside.tag ? manifest : null),
        referrers: async () => [],
        blob: async () => payload,
      },
      { repository: 'any/any', image: 'any', digest, from: ['registry'] },
    );

    expect(found.map(trusting(service))).toEqual([
      expect.objectContaining({
        problem: null,
        predicateType: null,
        subjects: [digest],
        signer: expect.objectContaining({
          repository: 'https://github.com/example/app',
          ref: run.ref,
          commit: run.commit,
        }),
      }),
    ]);
    const [first] = found;
    if (first === undefined) throw new Error('nothing was found');
    const changed = Buffer.from(signed.payload.replace('sha256:aaaa', 'sha256:aaab'));
    expect(trusting(service)({ ...first, artifact: changed }).problem).toBe('signature verification failed');
    expect(trusting(other)(first).problem).not.toBeNull();
  });

  it('are found among many reports of scans beside the image, by what the registry lists them as', async () => {
    const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    const reports = Array.from({ length: 200 }, (_, index) => ({ digest: `sha256:${index}`, artifactType: 'report' }));
    const asked: string[] = [];

    const found = await findInRegistry(
      {
        manifest: async (_image, reference) => {
          asked.push(reference);
          const layer = { mediaType: bundleType, digest: 'sha256:content', annotations: {} };
          return reference === 'sha256:bundle' ? { artifactType: bundleType, layers: [layer] } : null;
        },
        referrers: async () => [...reports, { digest: 'sha256:bundle', artifactType: bundleType }],
        blob: async () => Buffer.from(JSON.stringify(bundle)),
      },
      { repository: 'any/any', image: 'any', digest, from: ['registry'] },
    );

    expect(found.map(trusting(service))).toMatchObject([{ problem: null, subjects: [digest] }]);
    // Whoever may push can put any number there: they cost no more than 50 questions.
    expect(asked.filter((one) => one.startsWith('sha256:'))).toHaveLength(50);
  });

  it('hold against no other root', () => {
    expect(verify(bundle, other).problem).not.toBeNull();
    expect(createVerifier([publicGood])({ source: 'github', bundle }).problem).not.toBeNull();
  });

  it.each<[string, (whole: Bundle) => object]>([
    [
      'another statement',
      (whole) => ({ ...whole, dsseEnvelope: { ...whole.dsseEnvelope, payload: Buffer.from('{}').toString('base64') } }),
    ],
    [
      'another type of content',
      (whole) => ({ ...whole, dsseEnvelope: { ...whole.dsseEnvelope, payloadType: 'text/plain' } }),
    ],
    [
      'no entry of the log',
      (whole) => ({ ...whole, verificationMaterial: { ...whole.verificationMaterial, tlogEntries: [] } }),
    ],
    [
      'another time of the log',
      (whole) => ({
        ...whole,
        verificationMaterial: {
          ...whole.verificationMaterial,
          tlogEntries: whole.verificationMaterial.tlogEntries.map((entry) => ({
            ...entry,
            integratedTime: '1771336509',
          })),
        },
      }),
    ],
    [
      'nothing but a key',
      ({ dsseEnvelope, verificationMaterial: { tlogEntries } }) => ({
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        dsseEnvelope,
        verificationMaterial: { publicKey: { hint: 'k' }, tlogEntries },
      }),
    ],
    ['nothing of a bundle', () => ({})],
  ])('with %s do not hold', (_name, change) => {
    expect(verify(change(bundle)).problem).not.toBeNull();
  });

  it('need the log where the root has one; where it has none, as GitHub’s for private repositories, an authority’s timestamp', async () => {
    const authority = await timestampAuthority();
    const { tlogEntries: _, ...material } = bundle.verificationMaterial;
    const signature = Buffer.from(bundle.dsseEnvelope.signatures[0]?.sig ?? '', 'base64');
    const stamped = {
      ...bundle,
      verificationMaterial: {
        ...material,
        tlogEntries: [],
        timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: await authority.stamp(signature) }] },
      },
    };
    const rootWith = (changes: object) => JSON.stringify({ ...service.trustRoot, ...changes });
    const problemWith = (changes: object) =>
      createVerifier([rootWith(changes)])({ source: 'github', bundle: stamped }).problem;
    const { timestampAuthorities } = authority;

    expect(problemWith({ timestampAuthorities, tlogs: [] })).toBeNull();
    expect(problemWith({ timestampAuthorities })).toBe('expected 1 tlog entries, got 0');
    expect(problemWith({ tlogs: [] })).not.toBeNull();
  });

  it('with the certificate of another run do not hold', async () => {
    const foreign = (await service.attest(provenanceOf('app', digest, run), {
      ...run,
      repository: 'evil/app',
    })) as Bundle;
    const { certificate } = foreign.verificationMaterial;

    const mixed = { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, certificate } };

    expect(verify(foreign)).toMatchObject({ problem: null, signer: { repository: 'https://github.com/evil/app' } });
    expect(verify(mixed).problem).not.toBeNull();
  });
});

/** An authority that says when something was signed (RFC 3161). */
async function timestampAuthority() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const clock = new Date();
  const keys = { publicKey, privateKey: createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })) };
  const authority = await initializeTSA(keys, clock);
  const base64 = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    Buffer.from(new Uint8Array(buffer, byteOffset, byteLength)).toString('base64');
  return {
    timestampAuthorities: [
      {
        subject: { organization: 'sigstore.mock', commonName: 'tsa' },
        certChain: {
          certificates: [
            { rawBytes: base64(authority.intCertificate) },
            { rawBytes: base64(authority.rootCertificate) },
          ],
        },
        validFor: { start: new Date(0).toISOString() },
      },
    ],
    stamp: async (signature: Buffer) => {
      // A whole second, as Sigstore's authority stamps: @sigstore/core reads no fraction that ends with a zero (".12Z", one in ten). The
      // next one, since the certificates are not valid before they were made.
      clock.setTime(Math.ceil(Date.now() / 1000) * 1000);
      const stamped = await authority.timestamp({
        artifactHash: createHash('sha256').update(signature).digest(),
        hashAlgorithmOID: '2.16.840.1.101.3.4.2.1',
        nonce: 1,
        policyOID: '1.3.6.1.4.1.57264.2',
        certReq: false,
      });
      return base64(stamped);
    },
  };
}
