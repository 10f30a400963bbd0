import * as z from 'zod';

/** The release of Sigstore's own client, `@sigstore/tuf` 5.0.1, that the trust root `public-good` was taken from: it is as of that day. */
export const publicGoodAsOf = '2026-11-05';

const period = z.object({ end: z.string().optional() }).optional();
const logs = z.array(z.object({ baseUrl: z.string(), publicKey: z.object({ validFor: period }) })).default([]);
const authorities = z.array(z.object({ uri: z.string().default(''), validFor: period })).default([]);
/** As much of Sigstore's `trusted_root.json` as is asked here. */
const trustRootSchema = z.object({
  tlogs: logs,
  certificateAuthorities: authorities,
  timestampAuthorities: authorities,
});

/**
 * What a trust root cannot prove any more, or not yet, as parts of a sentence; empty when it is whole.
 *
 * @param text of a `trusted_root.json`
 * @throws {SyntaxError | z.ZodError} when it is none.
 */
export function trustRootProblems(text: string, now: number): readonly string[] {
  const { tlogs, certificateAuthorities, timestampAuthorities } = trustRootSchema.parse(JSON.parse(text));
  const isOpen = (validFor: z.output<typeof period>) => validFor?.end === undefined || Date.parse(validFor.end) > now;
  const open = tlogs.filter(({ publicKey }) => isOpen(publicKey.validFor)).map(({ baseUrl }) => new URL(baseUrl).host);
  const isPublic = open.some((host) => host.endsWith('rekor.sigstore.dev'));
  // Rekor v2 has a log for each year, by a name like log2025-1, and gives no time itself: an authority does.
  const knowsV2 =
    open.some((host) => /^log\d{4}-\d+\.rekor\./.test(host)) &&
    timestampAuthorities.some(({ validFor }) => isOpen(validFor));
  return [
    ...(certificateAuthorities.some(({ validFor }) => isOpen(validFor))
      ? []
      : ['all of its authorities have expired: nothing that is signed today can be proven']),
    ...(isPublic && !knowsV2
      ? ['it has no log of Rekor v2 (since September 2025): what newer signers log there cannot be proven']
      : []),
  ];
}
