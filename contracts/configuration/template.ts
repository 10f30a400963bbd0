import * as z from 'zod';

/** What queries, URL templates and links may name as `{{…}}`. */
export const placeholders = ['service', 'environment', 'namespace', 'version'] as const;

/** A value for each placeholder. */
export type TemplateValues = Readonly<Record<(typeof placeholders)[number], string>>;

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** Text with `{{service}} {{environment}} {{namespace}} {{version}}`; any other placeholder is a problem. */
export const template = z
  .string()
  .min(1, 'must not be empty')
  .superRefine((value, context) => {
    for (const [whole, name] of value.matchAll(placeholder)) {
      if (placeholders.some((known) => known === name)) continue;
      context.addIssue({
        code: 'custom',
        message: `${whole} is not known; there are ${placeholders.map((known) => `{{${known}}}`).join(' ')}`,
      });
    }
  });

/** An http or https URL in whose path or query placeholders may stand. */
export const urlTemplate = template.refine(
  (value) => URL.canParse(value.replace(placeholder, 'x')) && /^https?:\/\/[^/{}]+(\/|$|\?)/.test(value),
  'must be an http or https URL, with placeholders only behind the host',
);

/** Puts the values in as they are: for queries. */
export const renderTemplate = (text: string, values: TemplateValues): string => fill(text, values, (value) => value);

/** Puts the values in percent-encoded: for URLs. */
export const renderUrlTemplate = (text: string, values: TemplateValues): string =>
  fill(text, values, encodeURIComponent);

function fill(text: string, values: TemplateValues, encode: (value: string) => string): string {
  return text.replace(placeholder, (whole, name: string) => {
    const known = placeholders.find((candidate) => candidate === name);
    return known === undefined ? whole : encode(values[known]);
  });
}
