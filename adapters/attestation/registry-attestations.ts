import { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { DependencyRefused } from '../../contracts/errors.ts';
import type { FileManifest, Referrer, RegistryFiles } from '../registry/registry-files.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import type { AttestationQuestion, FoundBundle } from './attestations.ts';

type Layer = FileManifest['layers'][number];

const bundleType = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v\d+\.\d+)?\+json/;

/** Most manifests beside one image that are looked at. */
const most = 50;

/**
 * What lies beside an image in its registry: the bundles that refer to it (OCI 1.1), and what earlier versions of cosign put behind the tags
 * `sha256-….sig` (signatures) and `sha256-….att` (attestations).
 */
export async function findInRegistry(
  registry: RegistryFiles,
  { image, digest }: AttestationQuestion,
  options: CallOptions = {},
): Promise<FoundBundle[]> {
  const tag = digest.replace(':', '-');
  const blobOf = (layer: Layer) => registry.blob(image, layer.digest, options);
  const behindTag = async (suffix: string, toBundle: (layer: Layer, content: Buffer) => unknown) => {
    const manifest = await registry.manifest(image, `${tag}.${suffix}`, options);
    return Promise.all((manifest?.layers ?? []).map((layer) => read(layer, blobOf, toBundle)));
  };
  const referring = async () => {
    const listed = await registry.referrers(image, digest, options);
    // Bundles first, among reports of scans and whatever else lies there; a registry need not say what each is.
    const isBundle = ({ artifactType }: Referrer) => bundleType.test(artifactType ?? '');
    const first = [...listed.filter(isBundle), ...listed.filter((one) => !isBundle(one))].slice(0, most);
    const manifests = await Promise.all(first.map((one) => registry.manifest(image, one.digest, options)));
    const layers = manifests.flatMap((manifest) => manifest?.layers ?? []);
    const bundles = layers.filter(({ mediaType }) => bundleType.test(mediaType));
    return Promise.all(
      bundles.map((layer) => read(layer, blobOf, (_layer, content) => JSON.parse(content.toString()))),
    );
  };
  const found = await Promise.all([
    behindTag('sig', signatureBundle),
    behindTag('att', attestationBundle),
    referring(),
  ]);
  return found.flat();
}

/** One file as a bundle. What cannot be read is no reason to overlook the others. */
async function read(
  layer: Layer,
  blobOf: (layer: Layer) => Promise<Buffer>,
  toBundle: (layer: Layer, content: Buffer) => unknown,
): Promise<FoundBundle> {
  try {
    const artifact = await blobOf(layer);
    return { source: 'registry', bundle: toBundle(layer, artifact), artifact };
  } catch (error) {
    const isOurs = error instanceof DependencyRefused || error instanceof Unreadable || error instanceof SyntaxError;
    if (!isOurs) throw error;
    return { source: 'registry', bundle: null, problem: error.message };
  }
}

class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** A signature as cosign 1 and 2 wrote it (SIGNATURE_SPEC.md), as the bundle of today: what was signed is the layer's content. */
function signatureBundle(layer: Layer): unknown {
  const digest = Buffer.from(layer.digest.replace('sha256:', ''), 'hex').toString('base64');
  const signature = layer.annotations['dev.cosignproject.cosign/signature'];
  return { ...proofOf(layer), messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest }, signature } };
}

/** An attestation as cosign 1 and 2 wrote it (ATTESTATION_SPEC.md): the layer is the envelope. */
const attestationBundle = (layer: Layer, content: Buffer): unknown => ({
  ...proofOf(layer),
  dsseEnvelope: JSON.parse(content.toString()),
});

/** The annotation `dev.sigstore.cosign/bundle`: the log's promise. */
const logSchema = z.object({
  SignedEntryTimestamp: z.string(),
  Payload: z.object({ body: z.string(), integratedTime: z.int(), logIndex: z.int(), logID: z.string() }),
});
const bodySchema = z.object({ kind: z.string(), apiVersion: z.string() });

function proofOf({ annotations }: Layer) {
  const certificate = annotations['dev.sigstore.cosign/certificate'];
  const log = annotations['dev.sigstore.cosign/bundle'];
  const time = annotations['dev.sigstore.cosign/rfc3161timestamp'];
  if (certificate === undefined)
    throw new Unreadable('it was signed with a key, and only certificates say which workflow signed');
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: {
      x509CertificateChain: { certificates: [{ rawBytes: derOf(certificate) }] },
      tlogEntries: log === undefined ? [] : [logEntry(log)],
      timestampVerificationData: { rfc3161Timestamps: time === undefined ? [] : [timestampOf(time)] },
    },
  };
}

function derOf(pem: string): string {
  try {
    return new X509Certificate(pem).raw.toString('base64');
  } catch {
    throw new Unreadable('its certificate cannot be read');
  }
}

function timestampOf(annotation: string): { signedTimestamp: string } {
  const read = z.object({ SignedRFC3161Timestamp: z.string() }).safeParse(JSON.parse(annotation));
  if (!read.success) throw new Unreadable('its timestamp cannot be read');
  return { signedTimestamp: read.data.SignedRFC3161Timestamp };
}

function logEntry(annotation: string) {
  const log = logSchema.safeParse(JSON.parse(annotation));
  if (!log.success) throw new Unreadable('the entry of its log cannot be read');
  const { SignedEntryTimestamp, Payload } = log.data;
  const body = bodySchema.safeParse(JSON.parse(Buffer.from(Payload.body, 'base64').toString()));
  if (!body.success) throw new Unreadable('the entry of its log cannot be read');
  return {
    logIndex: String(Payload.logIndex),
    logId: { keyId: Buffer.from(Payload.logID, 'hex').toString('base64') },
    kindVersion: { kind: body.data.kind, version: body.data.apiVersion },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: Payload.body,
  };
}
