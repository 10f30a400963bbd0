import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject } from './kube-object.ts';
import type { Schema } from './schema.ts';
import type { StatusCause } from './status-error.ts';

/** What every object has, whatever the schema says of it. */
const ownFields = new Set(['apiVersion', 'kind', 'metadata']);

/** Removes the fields that the schema does not have, in place, and returns their paths (`spec.http[0].retry`). */
export function pruneUnknown(schema: Schema, object: JsonObject): string[] {
  return prune(schema, object, '');
}

function prune(schema: Schema, value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, index) => prune(items, item, `${path}[${index}]`)) : [];
  }
  if (!isJsonObject(value)) return [];
  const unknown: string[] = [];
  for (const [name, inner] of Object.entries(value)) {
    if (path === '' && ownFields.has(name)) continue;
    const at = path === '' ? name : `${path}.${name}`;
    const known = schemaOf(schema, name);
    if (known) unknown.push(...prune(known, inner, at));
    else if (!keepsUnknown(schema)) {
      unknown.push(at);
      delete value[name];
    }
  }
  return unknown;
}

const keepsUnknown = (schema: Schema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;

function schemaOf(schema: Schema, name: string): Schema | undefined {
  const declared = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
  if (declared) return declared;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** Fills in the schema's defaults, in place; a null where the schema has a default and no null is one that is missing. */
export function fillDefaults(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) if (schema.items) fillDefaults(schema.items, item);
  }
  if (!isJsonObject(value)) return;
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const missing = value[name] === undefined || (value[name] === null && inner.nullable !== true);
    if (missing && inner.default !== undefined) value[name] = structuredClone(inner.default);
  }
  for (const [name, inner] of Object.entries(value)) {
    const known = schemaOf(schema, name);
    if (known) fillDefaults(known, inner);
  }
}

/** What the schema does not allow, with the paths, reasons and words of the API server. */
export function schemaProblems(schema: Schema, object: JsonObject): StatusCause[] {
  return problemsOf(schema, object, '');
}

function problemsOf(schema: Schema, value: unknown, path: string): StatusCause[] {
  if (value === null && schema.nullable === true) return [];
  if (!hasType(schema, value))
    return [wrong(path, typeOf(value), `must be of type ${schema.type}: "${typeOf(value)}"`)];
  return [...limits(schema, value, path), ...combined(schema, value, path), ...inner(schema, value, path)];
}

function inner(schema: Schema, value: unknown, path: string): StatusCause[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, index) => problemsOf(items, item, `${path}[${index}]`)) : [];
  }
  if (!isJsonObject(value)) return [];
  const below = (name: string) => (path === '' ? name : `${path}.${name}`);
  const missing = (schema.required ?? []).filter((name) => value[name] === undefined);
  return [
    ...missing.map((name) => ({ field: below(name), reason: 'FieldValueRequired', message: 'Required value' })),
    ...Object.entries(value).flatMap(([name, one]) => {
      const known = path === '' && ownFields.has(name) ? undefined : schemaOf(schema, name);
      return known ? problemsOf(known, one, below(name)) : [];
    }),
  ];
}

function limits(schema: Schema, value: unknown, path: string): StatusCause[] {
  const found: StatusCause[] = [];
  const check = (fails: boolean, what: string) => {
    if (fails) found.push(wrong(path, value, what));
  };
  if (schema.enum && !schema.enum.some((allowed) => isDeepStrictEqual(allowed, value))) {
    const allowed = schema.enum.map((one) => JSON.stringify(one)).join(', ');
    const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${allowed}`;
    found.push({ field: path, reason: 'FieldValueNotSupported', message });
  }
  if (typeof value === 'number') {
    const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
    check(value < minimum, `should be greater than or equal to ${minimum}`);
    check(value > maximum, `should be less than or equal to ${maximum}`);
  }
  if (typeof value === 'string') {
    // Go counts characters as code points.
    const { length } = [...value];
    check(length < (schema.minLength ?? 0), `should be at least ${schema.minLength} chars long`);
    check(
      length > (schema.maxLength ?? Number.POSITIVE_INFINITY),
      `may not be more than ${schema.maxLength} chars long`,
    );
    check(schema.pattern !== undefined && !matches(schema.pattern, value), `should match '${schema.pattern}'`);
    check(schema.format === 'date-time' && !isDateTime(value), `must be of type date-time: ${JSON.stringify(value)}`);
  }
  if (Array.isArray(value)) {
    check(value.length < (schema.minItems ?? 0), `should have at least ${schema.minItems} items`);
    check(value.length > (schema.maxItems ?? Number.POSITIVE_INFINITY), `should have at most ${schema.maxItems} items`);
  }
  if (isJsonObject(value)) {
    const count = Object.keys(value).length;
    check(count < (schema.minProperties ?? 0), `should have at least ${schema.minProperties} properties`);
    check(
      count > (schema.maxProperties ?? Number.POSITIVE_INFINITY),
      `should have at most ${schema.maxProperties} properties`,
    );
  }
  return found;
}

function combined(schema: Schema, value: unknown, path: string): StatusCause[] {
  const fits = (one: Schema) => problemsOf(one, value, path).length === 0;
  const found = (schema.allOf ?? []).flatMap((one) => problemsOf(one, value, path));
  if (schema.anyOf && !schema.anyOf.some(fits))
    found.push(wrong(path, value, 'must validate at least one schema (anyOf)'));
  if (schema.oneOf && schema.oneOf.filter(fits).length !== 1) {
    found.push(wrong(path, value, 'must validate one and only one schema (oneOf)'));
  }
  if (schema.not && fits(schema.not)) found.push(wrong(path, value, 'must not validate the schema (not)'));
  return found;
}

function hasType(schema: Schema, value: unknown): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return typeof value === 'string' || Number.isInteger(value);
  switch (schema.type) {
    case undefined:
      return true;
    case 'object':
      return isJsonObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === schema.type;
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

/** RE2 has no syntax that these patterns use and JavaScript lacks. */
function matches(pattern: string, value: string): boolean {
  return new RegExp(pattern, 'u').test(value);
}

function isDateTime(value: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value))
  );
}

function wrong(path: string, value: unknown, what: string): StatusCause {
  const shown = isJsonObject(value) || Array.isArray(value) ? JSON.stringify(typeOf(value)) : JSON.stringify(value);
  return { field: path, reason: 'FieldValueInvalid', message: `Invalid value: ${shown}: ${path} in body ${what}` };
}
