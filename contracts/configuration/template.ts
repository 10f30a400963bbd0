import * as z from 'zod';

/** What links and queries may name as `{{…}}`. */
export const placeholders = ['service', 'environment', 'namespace', 'version'] as const;
/** What links may name besides: the code of the reason that a page or a mail tells (docs/runbooks/reason-codes.md). */
export const linkPlaceholders = [...placeholders, 'reasonCode'] as const;
/**
 * What queries and the addresses of their source may name: the Kubernetes Service behind the environment's share of the route as well, and how far
 * back to look, `90s` for instance.
 */
export const queryPlaceholders = [...placeholders, 'backend', 'window'] as const;
/** What queries about staging may name: it is neither blue nor green. `environment` is the name that staging has at GitHub. */
export const stagingPlaceholders = ['service', 'environment', 'version', 'window'] as const;

/** A value for each placeholder. */
export type TemplateValues = Readonly<Record<(typeof placeholders)[number], string>>;
/** Null: not known on this occasion. */
export type LinkValues = Readonly<Record<(typeof linkPlaceholders)[number], string | null>>;
export type QueryValues = Readonly<Record<(typeof queryPlaceholders)[number], string>>;

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

const templateOf = (names: readonly string[]) =>
  z
    .string()
    .min(1, 'must not be empty')
    .superRefine((value, context) => {
      for (const [whole, name = ''] of value.matchAll(placeholder)) {
        if (names.includes(name)) continue;
        context.addIssue({
          code: 'custom',
          message: `${whole} is not known; there are ${names.map((known) => `{{${known}}}`).join(' ')}`,
        });
      }
    });
const urlTemplateOf = (names: readonly string[]) =>
  templateOf(names).refine(
    (value) => URL.canParse(value.replace(placeholder, 'x')) && /^https?:\/\/[^/{}]+(\/|$|\?)/.test(value),
    'must be an http or https URL, with placeholders only behind the host',
  );

/** A query with `queryPlaceholders`; any other placeholder is a problem. */
export const queryTemplate = templateOf(queryPlaceholders);
/** A query with `stagingPlaceholders`. */
export const stagingQueryTemplate = templateOf(stagingPlaceholders);
/** An http or https URL in whose path or query the `queryPlaceholders` may stand. */
export const queryUrlTemplate = urlTemplateOf(queryPlaceholders);
/** The same with `linkPlaceholders`, for a link. */
export const urlTemplate = urlTemplateOf(linkPlaceholders);

/** The placeholders of a text that are not known on staging, as they are written. */
export const ofProductionOnly = (text: string): readonly string[] =>
  [...text.matchAll(placeholder)].flatMap(([whole, name = '']) =>
    stagingPlaceholders.some((known) => known === name) ? [] : [whole],
  );

/** Puts the values in as they are: for queries. */
export const renderTemplate = (text: string, values: QueryValues): string => fill(text, values, (value) => value);

/** Puts the values in percent-encoded: for URLs. */
export const renderUrlTemplate = (text: string, values: QueryValues): string => fill(text, values, encodeURIComponent);

/** A link with its values, percent-encoded. Null where it names one that is not known: half an address leads to the wrong place. */
export function renderLink(text: string, values: LinkValues): string | null {
  const known = Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  const isWhole = [...text.matchAll(placeholder)].every(([, name = '']) => known[name] !== undefined);
  return isWhole ? fill(text, known, encodeURIComponent) : null;
}

function fill(text: string, values: Readonly<Record<string, string>>, encode: (value: string) => string): string {
  return text.replace(placeholder, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : encode(value);
  });
}
