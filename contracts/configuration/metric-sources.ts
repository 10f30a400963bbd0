/**
 * The kinds of metric sources, each with what has to be known of it where readings are used. A new kind is a line here, after which the compiler names the
 * rest: its key in `objectives.source`, and its file in `adapters/metrics`.
 */
const sources = {
  istio: { promQl: true },
  prometheus: { promQl: true },
  web: { promQl: false },
} as const satisfies Readonly<Record<string, { readonly promQl: boolean }>>;

export type SourceKind = keyof typeof sources;

export const sourceKinds = Object.keys(sources) as SourceKind[]; // The keys that are written above.

/** Whether a source is a Prometheus, or answers as one does: PromQL, at an earlier time too, rules, and a page for people. */
export const speaksPromQl = ({ kind }: { readonly kind: SourceKind }): boolean => sources[kind].promQl;
