import type { ManifestScan } from '../../../../contracts/evidence.ts';
import { instant } from '../../../../contracts/instant.ts';
import type { ImageRules } from '../../../../core/release/image.ts';

export const release = {
  image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops',
  digest: `sha256:${'a'.repeat(64)}`,
  commit: 'c'.repeat(40),
} as const;

/** Rules that ask for nothing, and more where it is said. */
export const imageRules = (changes: Partial<ImageRules> = {}): ImageRules => ({
  repositories: null,
  critical: null,
  scanner: 'ecr',
  waivers: [],
  provenance: 'optional',
  signature: 'optional',
  sbom: 'optional',
  signer: {
    repository: 'example/chest-xray-mlops',
    workflow: '.github/workflows/ci.yml',
    branch: 'main',
    called: null,
    issuer: 'https://token.actions.githubusercontent.com',
    server: 'https://github.com',
  },
  ...changes,
});

/** A finished scan without findings, and otherwise where it is said. */
export const manifest = (changes: Partial<ManifestScan> = {}): ManifestScan => ({
  digest: release.digest,
  platform: null,
  status: 'COMPLETE',
  description: '',
  pushedAt: instant(0),
  critical: 0,
  high: 0,
  findings: [],
  ...changes,
});
