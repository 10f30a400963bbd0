import type { Approvals } from '../../adapters/store/approvals.ts';

/** Approvals whose link is looked for before the code that asks for it is there. */
export interface FindingAhead extends Approvals {
  /** Looks for a link. The first `findLink` of the same hash takes the answer, and its failure; every later one asks. */
  findAhead(hash: string): Promise<unknown>;
}

export function findingAhead(approvals: Approvals): FindingAhead {
  let ahead: { readonly hash: string; readonly link: ReturnType<Approvals['findLink']> } | null = null;
  return {
    ...approvals,
    findAhead(hash) {
      ahead = { hash, link: approvals.findLink(hash) };
      return ahead.link.catch(() => null);
    },
    findLink(hash) {
      const early = ahead;
      ahead = null;
      return early?.hash === hash ? early.link : approvals.findLink(hash);
    },
  };
}
