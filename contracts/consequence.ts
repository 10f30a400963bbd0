/** What a check that fails after the bake leads to: it is only reported, the on-call is paged, or the traffic goes back. */
export const consequences = ['report', 'page', 'return'] as const;
export type Consequence = (typeof consequences)[number];
