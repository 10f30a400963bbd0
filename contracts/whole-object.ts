/**
 * Parameters of a check about several fields of an object: it runs although other fields failed, so that all problems come at once, and only
 * where an object is what came. Zod would otherwise hand it `null` or a text, whatever the type of its parameter says.
 *
 * @example schema.refine(({ from, to }) => from !== to, { path: ['to'], error: 'must not be the same as from', ...wholeObject })
 */
export const wholeObject = { when: ({ value }: { readonly value: unknown }): boolean => isObject(value) };

/** The same for a list of objects: every item is one, whatever is wrong with its fields. */
export const wholeList = {
  when: ({ value }: { readonly value: unknown }): boolean => Array.isArray(value) && value.every(isObject),
};

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
