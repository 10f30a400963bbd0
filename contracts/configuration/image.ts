import * as z from 'zod';
import { ecrRepositoryOf } from '../image.ts';
import { mail, publicUrl, text, uniqueBy } from './primitives.ts';

/** `registry/name` of ECR, or `…/*` for all below a registry or a path. */
const imageRepositorySchema = z
  .string()
  .refine(
    (name) => !/[:@]/.test(name) && ecrRepositoryOf(name.replace(/\/\*$/, '/any')) !== null,
    'must be a repository of ECR like 123456789012.dkr.ecr.us-east-1.amazonaws.com/app, or end with /* for all below',
  );

/** A finding of the scan that does not count for a while. */
const waiverSchema = z.strictObject({
  /** As the scan names it: `CVE-2026-1234`. */
  finding: text,
  /** Who answers for it. */
  owner: mail,
  /** The last day on which it counts, in UTC: `2026-12-31`. */
  until: z.iso.date('must be a day like 2026-12-31'),
  reason: text,
});

const requirement = z.enum(['required', 'optional']).default('optional');

/** `owner/name/.github/workflows/file.yml`, with `@ref` or without. */
const calledWorkflow = z
  .string()
  .regex(
    /^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+\/\.github\/workflows\/[^/\s@]+\.ya?ml(?:@[^\s@]+)?$/,
    'must be a workflow like owner/name/.github/workflows/build.yml, with @ref or without',
  );

/** `validation.image:` of a service: where its images may lie and what must be proven of them. */
export const imageRulesSchema = z.strictObject({
  /** Where the service's images may lie; null: in any repository of ECR. */
  repositories: z
    .array(imageRepositorySchema)
    .min(1, 'must name at least one repository')
    .superRefine(uniqueBy((name) => name, 'repository'))
    .nullable()
    .default(null),
  /** How many critical findings the scan may have; null: no scan is required. */
  critical: z.int().min(0).nullable().default(null),
  /** Who scans: the registry itself, or Amazon Inspector (enhanced scanning), whose findings take rights of their own to read. */
  scanner: z.enum(['ecr', 'inspector']).default('ecr'),
  waivers: z
    .array(waiverSchema)
    .default([])
    .superRefine(uniqueBy(({ finding }) => finding, 'a waiver of')),
  /** A provenance (SLSA v1) among GitHub's artifact attestations. */
  provenance: requirement,
  /** A signature of the image beside it in the registry, as cosign puts it there. */
  signature: requirement,
  /** An attested list of what is in the image (SPDX or CycloneDX), at GitHub or in the registry. */
  sbom: requirement,
  /** Who must have signed; the service's own workflow on its own branch unless written. */
  signer: z
    .strictObject({
      /** The reusable workflow that signs, where the triggering one calls it. */
      workflow: calledWorkflow.nullable().default(null),
      /** Who told the certificate authority which workflow it was; the issuer of GitHub's jobs unless written. */
      issuer: publicUrl.optional(),
      /** Where certificates say that the repositories are; `github.server` unless written. */
      server: publicUrl.optional(),
    })
    .prefault({}),
});

/** What must be proven of an image. */
export type ImageRules = Readonly<z.output<typeof imageRulesSchema>>;

/** Which of the proofs of signing are asked for. */
export const requiredProofs = (rules: ImageRules) =>
  (['provenance', 'signature', 'sbom'] as const).filter((proof) => rules[proof] === 'required');
