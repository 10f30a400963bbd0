/**
 * The kinds of metric sources, each with what has to be known of it where readings are used. A new kind is a line here, after which the compiler names the
 * rest: its key in `objectives.source`, and its file in `adapters/metrics`.
 */
const sources = {
  istio: { promQl: true, past: true },
  prometheus: { promQl: true, past: true },
  web: { promQl: false, past: false },
  cloudwatch: { promQl: false, past: true },
} as const satisfies Readonly<Record<string, { readonly promQl: boolean; readonly past: boolean }>>;

export type SourceKind = keyof typeof sources;

export const sourceKinds = Object.keys(sources) as SourceKind[]; // The keys that are written above.

/** Whether a source is a Prometheus, or answers as one does: PromQL, at an earlier time too, rules, and a page for people. */
export const speaksPromQl = ({ kind }: { readonly kind: SourceKind }): boolean => sources[kind].promQl;

/** Whether a source can be asked what was at an earlier time. */
export const knowsPast = ({ kind }: { readonly kind: SourceKind }): boolean => sources[kind].past;
