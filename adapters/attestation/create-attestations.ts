import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidConfiguration } from '../../contracts/errors.ts';
import type { Attestation } from '../../contracts/evidence.ts';
import type { RegistryFiles } from '../registry/registry-files.ts';
import type { GitHub } from '../shared/github.ts';
import type { Attestations, FoundBundle } from './attestations.ts';
import { findAtGitHub } from './github-attestations.ts';
import { findInRegistry } from './registry-attestations.ts';

export interface AttestationOptions {
  readonly github: GitHub;
  readonly registry: RegistryFiles;
  /** As configured: `public-good`, or files in `folder`. */
  readonly trustRoots: readonly string[];
  readonly folder: string;
}

/** Attestations at GitHub and signatures in the registry. What verifies them is loaded when the first is found. */
export function createAttestations({ github, registry, trustRoots, folder }: AttestationOptions): Attestations {
  let verifier: Promise<(found: FoundBundle) => Attestation> | null = null;
  const loadVerifier = async () => {
    const [{ createVerifier }, { default: publicGood }] = await Promise.all([
      import('./verify-bundle.ts'),
      import('./public-good-root.json', { with: { type: 'json' } }),
    ]);
    try {
      const texts = trustRoots.map((root) =>
        root === 'public-good' ? JSON.stringify(publicGood) : readFileSync(join(folder, root), 'utf8'),
      );
      return createVerifier(texts);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const wanted = 'Each has to be public-good, or a trusted_root.json of Sigstore';
      throw new InvalidConfiguration(
        `attestations.trustRoots (${trustRoots.join(', ')}) cannot be read: ${reason}. ${wanted}.`,
        { cause },
      );
    }
  };
  return {
    async find(question, options) {
      const found = await Promise.all([
        question.from.includes('github') ? findAtGitHub(github, question, options) : [],
        question.from.includes('registry') ? findInRegistry(registry, question, options) : [],
      ]);
      const bundles = found.flat();
      if (bundles.length === 0) return [];
      verifier ??= loadVerifier();
      return bundles.map(await verifier);
    },
  };
}
