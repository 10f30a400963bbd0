import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { initializeCA, initializeCTLog, initializeTLog } from '@sigstore/mock';
import * as z from 'zod';

/** The run for which something is signed, as GitHub tells the certificate authority. */
export interface SigningRun {
  /** `owner/name`. */
  readonly repository: string;
  /** `refs/heads/main`. */
  readonly ref: string;
  readonly commit: string;
  /** Path of the workflow that was started. */
  readonly workflow: string;
  /** The workflow that signs, `owner/name/path@ref`; the one that was started unless it called another. */
  readonly called?: string;
}

/** A statement about artifacts: https://in-toto.io/Statement/v1. */
export interface Statement {
  readonly subjects: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicateType: string;
  readonly predicate: object;
}

/** A signature as cosign 2 keeps it beside an image: the payload, and the annotations of its layer. */
export interface ImageSignature {
  readonly payload: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A certificate authority with its logs, and what trusts it. */
export interface SigningService {
  /** The document `trusted_root.json`. */
  readonly trustRoot: object;
  /** An attestation as a bundle's JSON (v0.3). */
  attest(statement: Statement, run: SigningRun): Promise<object>;
  signImage(image: string, digest: string, run: SigningRun): Promise<ImageSignature>;
}

const logUrl = 'https://rekor.sandbox.invalid';
const issuer = 'https://token.actions.githubusercontent.com';
const server = 'https://github.com';
const fulcio = '1.3.6.1.4.1.57264.1.';

/** An entry as Rekor 1 answers it. */
const entrySchema = z.object({
  body: z.string(),
  integratedTime: z.int(),
  logID: z.string(),
  logIndex: z.int(),
  verification: z.object({
    signedEntryTimestamp: z.string(),
    inclusionProof: z.object({
      logIndex: z.int(),
      treeSize: z.int(),
      rootHash: z.string(),
      hashes: z.array(z.string()),
      checkpoint: z.string(),
    }),
  }),
});

/** Makes a Sigstore of its own, with new keys: what it signs, only its own trust root vouches for. */
export async function createSigningService(): Promise<SigningService> {
  const logKeys = newKeys('P-256');
  const ctLog = await initializeCTLog(newKeys('P-256'));
  const authority = await initializeCA(newKeys('P-384'), ctLog);
  const log = await initializeTLog(logUrl, logKeys);

  async function certify(run: SigningRun): Promise<{ key: KeyObject; certificate: Buffer }> {
    const { publicKey, privateKey } = newKeys('P-256');
    const started = `${server}/${run.repository}/${run.workflow}@${run.ref}`;
    const signing = run.called === undefined ? started : `${server}/${run.called}`;
    const said: readonly (readonly [number, string])[] = [
      [8, issuer],
      [9, signing],
      [12, `${server}/${run.repository}`],
      [13, run.commit],
      [14, run.ref],
      [18, started],
      [20, 'push'],
    ];
    const certificate = await authority.issueCertificate({
      publicKey: bytes(publicKey.export({ format: 'der', type: 'spki' })),
      subjectAltName: signing,
      extensions: said.map(([last, value]) => ({ oid: `${fulcio}${last}`, value })),
    });
    return { key: privateKey, certificate: Buffer.from(bytesOf(certificate)) };
  }

  /** What the log answers to an entry, which it has at once. */
  const enter = async (entry: object) => entrySchema.parse(Object.values(await log.log(entry))[0]);

  return {
    trustRoot: {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [{ ...logAuthority(logUrl, log.publicKey) }],
      certificateAuthorities: [
        {
          subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
          uri: 'https://fulcio.sandbox.invalid',
          certChain: { certificates: [{ rawBytes: base64(bytesOf(authority.rootCertificate)) }] },
          validFor: { start: new Date(0).toISOString() },
        },
      ],
      ctlogs: [{ ...logAuthority('https://ctfe.sandbox.invalid', ctLog.publicKey) }],
      timestampAuthorities: [],
    },

    async attest({ subjects, predicateType, predicate }, run) {
      const payloadType = 'application/vnd.in-toto+json';
      const statement = { _type: 'https://in-toto.io/Statement/v1', subject: subjects, predicateType, predicate };
      const payload = Buffer.from(JSON.stringify(statement));
      const { key, certificate } = await certify(run);
      // https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
      const encoded = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
      const signature = base64(sign('sha256', Buffer.concat([Buffer.from(encoded), payload]), key));
      const { logIndex, logID, integratedTime, body, verification } = await enter({
        apiVersion: '0.0.1',
        kind: 'dsse',
        spec: {
          payloadHash: { algorithm: 'sha256', value: sha256(payload) },
          signatures: [{ signature, verifier: base64(Buffer.from(pem(certificate))) }],
        },
      });
      const { inclusionProof: proof } = verification;
      return {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: {
          certificate: { rawBytes: base64(certificate) },
          tlogEntries: [
            {
              logIndex: String(logIndex),
              logId: { keyId: base64(Buffer.from(logID, 'hex')) },
              kindVersion: { kind: 'dsse', version: '0.0.1' },
              integratedTime: String(integratedTime),
              inclusionPromise: { signedEntryTimestamp: verification.signedEntryTimestamp },
              inclusionProof: {
                logIndex: String(proof.logIndex),
                rootHash: base64(Buffer.from(proof.rootHash, 'hex')),
                treeSize: String(proof.treeSize),
                hashes: proof.hashes.map((hash) => base64(Buffer.from(hash, 'hex'))),
                checkpoint: { envelope: proof.checkpoint },
              },
              canonicalizedBody: body,
            },
          ],
          timestampVerificationData: { rfc3161Timestamps: [] },
        },
        dsseEnvelope: { payload: base64(payload), payloadType, signatures: [{ sig: signature, keyid: '' }] },
      };
    },

    async signImage(image, digest, run) {
      const payload = JSON.stringify({
        critical: {
          identity: { 'docker-reference': image },
          image: { 'docker-manifest-digest': digest },
          type: 'cosign container image signature',
        },
        optional: null,
      });
      const { key, certificate } = await certify(run);
      const signature = base64(sign('sha256', Buffer.from(payload), key));
      const { logIndex, logID, integratedTime, body, verification } = await enter({
        apiVersion: '0.0.1',
        kind: 'hashedrekord',
        spec: {
          data: { hash: { algorithm: 'sha256', value: sha256(Buffer.from(payload)) } },
          signature: { content: signature, publicKey: { content: base64(Buffer.from(pem(certificate))) } },
        },
      });
      const bundle = {
        SignedEntryTimestamp: verification.signedEntryTimestamp,
        Payload: { body, integratedTime, logIndex, logID },
      };
      return {
        payload,
        annotations: {
          'dev.cosignproject.cosign/signature': signature,
          'dev.sigstore.cosign/bundle': JSON.stringify(bundle),
          'dev.sigstore.cosign/certificate': pem(certificate),
        },
      };
    },
  };
}

/** A provenance (SLSA v1) as GitHub's action `attest-build-provenance` writes it. */
export function provenanceOf(image: string, digest: string, run: SigningRun): Statement {
  const repository = `${server}/${run.repository}`;
  return {
    subjects: [{ name: image, digest: { sha256: digest.replace('sha256:', '') } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters: { workflow: { ref: run.ref, repository, path: run.workflow } },
        resolvedDependencies: [{ uri: `git+${repository}@${run.ref}`, digest: { gitCommit: run.commit } }],
      },
      runDetails: { builder: { id: 'https://github.com/actions/runner/github-hosted' } },
    },
  };
}

/** A list of what is in an image (SPDX), as GitHub's action `attest-sbom` attests it. */
export const sbomOf = (image: string, digest: string): Statement => ({
  subjects: [{ name: image, digest: { sha256: digest.replace('sha256:', '') } }],
  predicateType: 'https://spdx.dev/Document/v2.3',
  predicate: { spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', name: image, packages: [] },
});

/** Through PKCS #8, since the library asks for keys that know their curve. */
function newKeys(namedCurve: 'P-256' | 'P-384'): { publicKey: KeyObject; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  return { publicKey, privateKey: createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })) };
}

const logAuthority = (baseUrl: string, publicKey: Uint8Array) => ({
  baseUrl,
  hashAlgorithm: 'SHA2_256',
  publicKey: {
    rawBytes: base64(publicKey),
    keyDetails: 'PKIX_ECDSA_P256_SHA_256',
    validFor: { start: new Date(0).toISOString() },
  },
  logId: { keyId: base64(createHash('sha256').update(publicKey).digest()) },
});

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
const base64 = (content: Uint8Array): string => Buffer.from(content).toString('base64');
const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const bytes = (content: Buffer): Uint8Array<ArrayBuffer> => Uint8Array.from(content);
const pem = (certificate: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${base64(certificate).replace(/(.{64})(?=.)/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
