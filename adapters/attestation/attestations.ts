import type { Attestation } from '../../contracts/evidence.ts';
import type { CallOptions } from '../shared/call-dependency.ts';

/** Which image's attestations are looked for, and where. */
export interface AttestationQuestion {
  /** The GitHub repository that built it: `owner/name`. */
  readonly repository: string;
  /** The image's repository, without tag or digest. */
  readonly image: string;
  /** `sha256:…` */
  readonly digest: string;
  readonly from: readonly Attestation['source'][];
}

/** What others have attested of an image. Errors: DependencyUnavailable, DependencyRefused. */
export interface Attestations {
  /** Every attestation and signature that is there, each verified offline against the trust roots. */
  find(question: AttestationQuestion, options?: CallOptions): Promise<Attestation[]>;
}

/** Something that was found and still has to be verified: a Sigstore bundle, and what was signed where the bundle does not hold it. */
export interface FoundBundle {
  readonly source: Attestation['source'];
  /** The bundle's JSON; null when it cannot be read, for which `problem` says why. */
  readonly bundle: unknown;
  readonly artifact?: Buffer;
  readonly problem?: string;
}
