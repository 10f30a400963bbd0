import type { CallOptions } from '../shared/call-neighbour.ts';

export interface Page {
  readonly subject: string;
  readonly text: string;
  /** Repeated pages about the same thing carry the same key, so that the receiver can fold them. */
  readonly key?: string;
}

/** Wakes the on-call. Errors: NeighbourUnavailable, NeighbourRefused. */
export interface Pager {
  page(page: Page, options?: CallOptions): Promise<void>;
}
