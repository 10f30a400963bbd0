import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { type Signer as Signatory, toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import * as z from 'zod';
import type { Attestation, Signer } from '../../contracts/evidence.ts';
import type { FoundBundle } from './attestations.ts';

/**
 * Verifies bundles offline against trust roots: the certificate's chain, its log, the time of signing and the signature. Who may sign is not
 * decided here.
 *
 * @param trustRoots documents `trusted_root.json`; several in one text, one a line, are several roots.
 * @throws {Error} when a trust root cannot be read.
 */
export function createVerifier(trustRoots: readonly string[]): (found: FoundBundle) => Attestation {
  const verifiers = trustRoots.flatMap(readRoots).map((root) => {
    // A root without a log (GitHub's own, for private repositories) has a timestamp authority instead.
    const thresholds = {
      tlogThreshold: root.tlogs.length > 0 ? 1 : 0,
      ctlogThreshold: root.ctlogs.length > 0 ? 1 : 0,
      timestampThreshold: 1,
    };
    return new Verifier(toTrustMaterial(root), thresholds);
  });
  return ({ source, bundle: json, artifact, problem }) => {
    const unproven = (reason: string): Attestation => ({
      source,
      problem: reason,
      predicateType: null,
      subjects: [],
      signer: null,
      sourceCommit: null,
    });
    if (problem !== undefined) return unproven(problem);
    try {
      const bundle = bundleFromJSON(json);
      if (bundle.verificationMaterial.content.$case === 'publicKey') {
        return unproven('it was signed with a key, and only certificates say which workflow signed');
      }
      const signer = signerOf(verifyByAny(verifiers, bundle, artifact));
      return { source, problem: null, signer, ...contentOf(bundle, artifact, signer) };
    } catch (error) {
      return unproven(error instanceof Error ? error.message : String(error));
    }
  };
}

/** One document, or one a line, as `gh attestation trusted-root` prints them. */
function readRoots(text: string): TrustedRoot[] {
  const whole = parseJson(Buffer.from(text));
  const roots =
    whole === null
      ? text
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map((line) => JSON.parse(line))
      : [whole];
  if (roots.length === 0) throw new Error('there is no trust root in it');
  return roots.map((root) => TrustedRoot.fromJSON(root));
}

/** Who signed, if the bundle can be verified against one of the roots; otherwise the last root's reason. */
function verifyByAny(verifiers: readonly Verifier[], bundle: Bundle, artifact: Buffer | undefined): Signatory {
  let reason: unknown = new Error('no trust root is configured');
  for (const verifier of verifiers) {
    try {
      return verifier.verify(toSignedEntity(bundle, artifact));
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

const fulcio = '1.3.6.1.4.1.57264.1.';

/** Fulcio's extensions: github.com/sigstore/fulcio/blob/main/docs/oid-info.md. */
function signerOf({ identity }: Signatory): Signer {
  const read = (last: number): string | null => {
    const found = identity?.oids?.find(({ oid }) => oid?.id.join('.') === `${fulcio}${last}`);
    return found === undefined ? null : utf8String(found.value);
  };
  return {
    identity: identity?.subjectAlternativeName ?? null,
    issuer: read(8),
    repository: read(12),
    ref: read(14),
    commit: read(13),
    workflow: read(18),
  };
}

/** The text of a DER UTF8String; null for anything else. */
function utf8String(der: Uint8Array): string | null {
  const [tag, first = 0, second = 0, third = 0] = der;
  const [length, start] =
    first < 0x80 ? [first, 2] : first === 0x81 ? [second, 3] : first === 0x82 ? [second * 256 + third, 4] : [-1, 0];
  if (tag !== 0x0c || start + length !== der.length) return null;
  return Buffer.from(der.subarray(start)).toString('utf8');
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** https://in-toto.io/Statement/v1, and v0.1 of it. */
const statementSchema = z.object({
  _type: z.enum(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1']),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })).min(1),
  predicateType: z.string(),
  predicate: z.unknown(),
});

/** What a provenance (SLSA v1) says the build was made from. */
const provenanceSchema = z.object({
  buildDefinition: z.object({
    resolvedDependencies: z.array(
      z.object({ uri: z.string().optional(), digest: z.record(z.string(), z.string()).optional() }),
    ),
  }),
});

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
const simpleSigningSchema = z.object({
  critical: z.object({
    type: z.enum(['cosign container image signature', 'atomic container signature']),
    image: z.object({ 'docker-manifest-digest': z.string().regex(/^sha256:[0-9a-f]{64}$/) }),
  }),
});

/** What a bundle that was verified says, and about what. @throws {Error} for what says nothing about an image. */
function contentOf(
  { content }: Bundle,
  artifact: Buffer | undefined,
  signer: Signer,
): Pick<Attestation, 'predicateType' | 'subjects' | 'sourceCommit'> {
  if (content.$case === 'messageSignature') {
    const payload = simpleSigningSchema.safeParse(parseJson(artifact));
    if (!payload.success) throw new Error('what it signs names no image');
    const { image } = payload.data.critical;
    return { predicateType: null, subjects: [image['docker-manifest-digest']], sourceCommit: null };
  }
  const { payloadType, payload } = content.dsseEnvelope;
  const statement = statementSchema.safeParse(parseJson(payload));
  if (payloadType !== 'application/vnd.in-toto+json' || !statement.success) {
    throw new Error('what it signs is no in-toto statement');
  }
  const { subject, predicateType, predicate } = statement.data;
  const subjects = subject.flatMap(({ digest }) =>
    sha256.safeParse(digest.sha256).success ? [`sha256:${digest.sha256}`] : [],
  );
  return { predicateType, subjects, sourceCommit: commitOf(predicate, signer) };
}

function commitOf(predicate: unknown, { repository }: Signer): string | null {
  const read = provenanceSchema.safeParse(predicate);
  if (!read.success) return null;
  const sources = read.data.buildDefinition.resolvedDependencies;
  const own = sources.find(({ uri }) => uri === `git+${repository}` || uri?.startsWith(`git+${repository}@`));
  return own?.digest?.gitCommit ?? null;
}

function parseJson(bytes: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(bytes ?? []).toString('utf8'));
  } catch {
    return null;
  }
}
