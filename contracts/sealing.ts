/**
 * Which functions write what is sealed (I13): only these may make a MAC by its key. CDK's key policies and the sandbox's KMS are made from this,
 * and a test compares the policies with it once more.
 */
export const sealWriters = {
  /** People decide through these two: by a link, and signed in. */
  decisions: ['approvals', 'api-operate'],
  /** All that do something: each says it before, and what came of it (rule 9). */
  audit: ['approvals', 'api-operate', 'release', 'operation', 'observe', 'act', 'return-traffic', 'notify', 'guardian'],
} as const;

export type SealName = keyof typeof sealWriters;
