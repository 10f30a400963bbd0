import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Attestation, Signer } from '../../contracts/evidence.ts';
import type { Release } from '../../contracts/release.ts';

/** One look at an image. `inconclusive` is what is still under way: it does not pass, and may when it is looked at again. */
export interface ImageCheck {
  readonly name: string;
  readonly result: 'pass' | 'fail' | 'inconclusive';
  readonly reason: string;
}

/** Who must have signed: the run of this workflow on this branch of this repository, itself or by the reusable workflow that it calls. */
export type ExpectedSigner = ServiceConfiguration['validation']['image']['signer'];

/** The kinds of proof that can be required. */
export type Proof = 'provenance' | 'signature' | 'sbom';

const kinds: Readonly<Record<Proof, { name: string; missing: string; is(predicateType: string | null): boolean }>> = {
  provenance: {
    name: 'image provenance',
    missing: 'there is no provenance (SLSA v1) of this digest at GitHub',
    is: (type) => type === 'https://slsa.dev/provenance/v1',
  },
  signature: {
    name: 'image signature',
    missing: 'there is no signature of this digest in the registry',
    is: (type) => type === null || type === 'https://sigstore.dev/cosign/sign/v1',
  },
  sbom: {
    name: 'image SBOM',
    missing: 'there is no attested SBOM of this digest',
    is: (type) => type !== null && /^https:\/\/(?:spdx\.dev\/Document|cyclonedx\.org\/bom)(?:\/v?[\d.]+)?$/.test(type),
  },
};

/** Whether one of the attestations proves it: verified, about this digest, by the expected signer, from the release's commit. */
export function attestationCheck(
  attestations: readonly Attestation[] | null,
  proof: Proof,
  signer: ExpectedSigner,
  release: Pick<Release, 'digest' | 'commit'>,
): ImageCheck {
  const { name, missing, is } = kinds[proof];
  if (attestations === null) return { name, result: 'fail', reason: 'it was not checked' };
  // Of what does not hold, nobody knows for what it was meant.
  const candidates = attestations.filter(({ problem, predicateType }) => problem !== null || is(predicateType));
  const judged = candidates.map((one) => ({ one, fault: faultOf(one, signer, release) }));
  const good = judged.find(({ fault }) => fault === null)?.one;
  if (good) return { name, result: 'pass', reason: `verified, signed by ${good.signer?.identity}` };
  const faults = [...new Set(judged.map(({ fault }) => fault))];
  return { name, result: 'fail', reason: faults.length === 0 ? missing : faults.slice(0, 3).join('; ') };
}

/** Why an attestation proves nothing about a release; null when it does. */
function faultOf(
  { problem, subjects, signer, sourceCommit }: Attestation,
  expected: ExpectedSigner,
  { digest, commit }: Pick<Release, 'digest' | 'commit'>,
): string | null {
  if (problem !== null) return `is not valid: ${problem}`;
  if (!subjects.includes(digest)) return `is about ${subjects.join(', ') || 'nothing'}, not about ${digest}`;
  if (signer === null) return 'does not say who signed';
  const wrong = wrongSigner(signer, expected);
  if (wrong !== null) return wrong;
  const built = [signer.commit, sourceCommit ?? signer.commit].find((one) => one !== commit);
  return built === undefined ? null : `is of commit ${built}, not of ${commit}`;
}

/** What of the signer is not as expected. Everything is compared as a whole: no pattern can match more than was meant. */
function wrongSigner(signer: Signer, expected: ExpectedSigner): string | null {
  const { server, called } = expected;
  const ref = `refs/heads/${expected.branch}`;
  const started = `${server}/${expected.repository}/${expected.workflow}@${ref}`;
  const differs = (what: string, found: string | null, wanted: string) =>
    found === wanted ? null : `was signed by ${what} ${found ?? 'unknown'}, not ${wanted}`;
  return (
    differs('a certificate from', signer.issuer, expected.issuer) ??
    differs('a run of', signer.repository, `${server}/${expected.repository}`) ??
    differs('a run on', signer.ref, ref) ??
    differs('the workflow', signer.workflow, started) ??
    (called === null ? differs('the workflow', signer.identity, started) : wrongCalled(signer, `${server}/${called}`))
  );
}

/** A reusable workflow signs as itself, at the ref by which it was called; without one any ref of it will do. */
function wrongCalled({ identity }: Signer, wanted: string): string | null {
  const found = wanted.includes('@') ? identity : (identity?.slice(0, identity.lastIndexOf('@')) ?? null);
  return found === wanted ? null : `was signed by the workflow ${identity ?? 'unknown'}, not ${wanted}`;
}
