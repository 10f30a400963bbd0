import type { CallOptions } from '../shared/call-dependency.ts';

export interface Page {
  readonly subject: string;
  readonly text: string;
  /** Repeated pages about the same thing carry the same key, so that the receiver can fold them. */
  readonly key?: string;
  /** The same as `text` in its parts, for receivers that lay them out. */
  readonly parts?: PageParts;
}

export interface PageParts {
  readonly paragraphs: readonly string[];
  readonly steps: readonly { readonly what: string; readonly command: string }[];
  readonly facts: readonly { readonly name: string; readonly value: string; readonly url?: string }[];
}

/** Wakes the on-call. Errors: DependencyUnavailable, DependencyRefused. */
export interface Pager {
  page(page: Page, options?: CallOptions): Promise<void>;
}
