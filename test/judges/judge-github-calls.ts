import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Exchange } from './exchanges.ts';

/** What was judged, by operation, and every different problem. */
export interface Verdict {
  readonly judged: Readonly<Record<string, { requests: number; answers: number }>>;
  readonly problems: readonly string[];
}

/** Of an OpenAPI 3.0 schema what this file looks at. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly [keyword: string]: unknown;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
  readonly 'x-multi-segment'?: boolean;
}

interface Operation {
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content } | { readonly $ref: string }>>;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type Validate = ((value: unknown) => boolean) & {
  errors?: readonly { instancePath: string; message?: string; params: object }[] | null;
};

/** Statuses that GitHub documents once for every operation, not with each. */
const everywhere = new Set(['401', '403', '404', '422', '429', '500', '502', '503']);

/**
 * Holds recorded exchanges with GitHub against its OpenAPI description. Requests strictly: a path that exists, every required parameter, none
 * that is unknown, bodies with the described fields only. Of answers, the status has to be documented and every field that is there has to
 * exist with its type; fields may be missing, since a stand-in has what is used.
 *
 * @param modules the folder with `@octokit/openapi` and `ajv`.
 */
export function judgeGitHubCalls(exchanges: readonly Exchange[], modules: string): Verdict {
  const description: Description = JSON.parse(
    readFileSync(join(modules, '@octokit', 'openapi', 'generated', 'api.github.com.json'), 'utf8'),
  );
  const { default: Ajv } = createRequire(join(modules, 'x.js'))('ajv');
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false, coerceTypes: false, validateFormats: false });
  for (const kind of ['request', 'answer'] as const) {
    ajv.addSchema({ components: rewritten(description.components, kind) }, kind);
  }
  const compiled = new Map<unknown, Validate>();
  const validatorOf = (schema: Schema, kind: 'request' | 'answer'): Validate => {
    const found = compiled.get(schema) ?? ajv.compile(rewritten(schema, kind));
    compiled.set(schema, found);
    return found;
  };
  const resolve = <T extends object>(one: T | { readonly $ref: string }): T =>
    // What a reference of the description points to is of the kind that stands there.
    '$ref' in one ? resolve(at(description, String(one.$ref)) as T) : one;

  const routes = Object.entries(description.paths).map(([template, operations]) => {
    const multi = new Set(
      Object.values(operations)
        .flatMap(({ parameters = [] }) => parameters.map((one) => resolve<Parameter>(one)))
        .filter((one) => one['x-multi-segment'])
        .map(({ name }) => name),
    );
    const pattern = template
      .replaceAll(/[.+]/g, '\\$&')
      .replaceAll(/\{(\w+)\}/g, (_, name) => `(?<${name}>${multi.has(name) ? '.+' : '[^/]+'})`);
    return { template, operations, pattern: new RegExp(`^${pattern}$`), places: template.split('{').length };
  });

  const judged: Record<string, { requests: number; answers: number }> = {};
  const problems = new Set<string>();
  for (const exchange of exchanges) {
    const { pathname, searchParams } = new URL(exchange.path, 'http://github');
    const path = pathname.replace(/^\/api\/v3(?=\/)/, '');
    const method = exchange.method.toLowerCase();
    const [route] = routes
      .filter(({ pattern, operations }) => pattern.test(path) && method in operations)
      .sort((a, b) => a.places - b.places || b.template.length - a.template.length);
    const operation = route?.operations[method];
    if (route === undefined || operation === undefined) {
      // A stand-in's own tests ask for what does not exist, too.
      if (exchange.judged.includes('request')) problems.add(`GitHub has no ${exchange.method} ${path}`);
      continue;
    }
    const name = `${exchange.method} ${route.template}`;
    judged[name] ??= { requests: 0, answers: 0 };
    const note = (text: string) => problems.add(`${name}: ${text}`);
    if (exchange.judged.includes('request')) {
      judged[name].requests += 1;
      const parameters = (operation.parameters ?? []).map((one) => resolve<Parameter>(one));
      const places = route.pattern.exec(path)?.groups ?? {};
      const given = new Map<string, string>([
        ...Object.entries(places).map(([key, value]) => [`path ${key}`, decodeURIComponent(value)] as const),
        ...[...searchParams].map(([key, value]) => [`query ${key}`, value] as const),
      ]);
      for (const { name: key, in: where, required, schema } of parameters) {
        const value = given.get(`${where} ${key}`);
        given.delete(`${where} ${key}`);
        if (value === undefined) {
          if (required && where !== 'header') note(`${where} ${key} is missing`);
          continue;
        }
        const valid = validatorOf(schema, 'request');
        if (!valid(value) && !valid(asJson(value))) note(`${where} ${key}: ${told(valid)}, and is ${value}`);
      }
      for (const key of given.keys()) note(`unknown parameter: ${key}`);
      const body = Buffer.from(exchange.body, 'base64').toString();
      const described = operation.requestBody?.content['application/json']?.schema;
      if (body === '') {
        if (operation.requestBody?.required) note('has no body');
      } else if (described === undefined) note('has a body, and the operation takes none');
      else {
        const valid = validatorOf(described, 'request');
        if (!valid(JSON.parse(body))) note(`body ${told(valid)}`);
      }
    }
    if (exchange.judged.includes('answer')) {
      judged[name].answers += 1;
      const status = String(exchange.status);
      const documented = operation.responses[status];
      if (documented === undefined) {
        if (!everywhere.has(status)) note(`is never answered with ${status}`);
        continue;
      }
      const schema = resolve<{ content?: Content }>(documented).content?.['application/json']?.schema;
      const body = Buffer.from(exchange.answer, 'base64').toString();
      if (schema === undefined || body === '') continue;
      const valid = validatorOf(schema, 'answer');
      if (!valid(withoutStatus(JSON.parse(body), exchange.status))) note(`${status} ${told(valid)}`);
    }
  }
  return { judged, problems: [...problems].sort() };
}

/** GitHub repeats the status in each error's body, as text; the description of a failed validation alone leaves that out. */
const withoutStatus = (body: object, status: number): unknown => {
  if (status < 400 || !('status' in body) || body.status !== String(status)) return body;
  const { status: _, ...rest } = body;
  return rest;
};

const told = ({ errors }: Validate): string =>
  [
    ...new Set(
      (errors ?? []).map(
        ({ instancePath, message, params }) =>
          `${instancePath.replaceAll(/\/\d+/g, '/N')} ${message} ${JSON.stringify(params)}`,
      ),
    ),
  ].join('; ');

const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const at = (description: unknown, pointer: string): unknown =>
  pointer
    .slice(2)
    .split('/')
    .reduce((value: unknown, key) => Object(value)[key.replaceAll('~1', '/').replaceAll('~0', '~')], description);

/**
 * OpenAPI 3.0 as JSON Schema: `nullable` is a type, references go into the document of their kind, objects have no other fields than those
 * that are described. In answers nothing is required, and of alternatives more than one may then fit.
 */
function rewritten(value: unknown, kind: 'request' | 'answer', inside: 'part' | 'whole' = 'whole'): unknown {
  if (Array.isArray(value)) return value.map((one) => rewritten(one, kind, inside));
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, examples: _, example: __, discriminator: ___, ...schema } = value as Schema; // any object of the description
  const result: Record<string, unknown> = {};
  for (const [keyword, inner] of Object.entries(schema)) {
    if (keyword === '$ref') result.$ref = String(inner).replace(/^#/, `${kind}#`);
    else if (kind === 'answer' && keyword === 'required' && Array.isArray(inner)) continue;
    else if (keyword === 'enum') result.enum = inner;
    else if (kind === 'answer' && keyword === 'oneOf') result.anyOf = rewritten(inner, kind);
    else if (keyword === 'allOf') result.allOf = rewritten(inner, kind, 'part');
    else if (keyword === 'properties')
      result.properties = Object.fromEntries(
        Object.entries(Object(inner)).map(([name, one]) => [name, rewritten(one, kind)]),
      );
    else result[keyword] = rewritten(inner, kind);
  }
  const isClosed =
    schema.properties !== undefined && schema.additionalProperties === undefined && schema.type !== undefined;
  const hasAlternatives = ['allOf', 'anyOf', 'oneOf'].some((keyword) => keyword in schema);
  if (isClosed && inside === 'whole' && !hasAlternatives && Object.keys(Object(schema.properties)).length > 0)
    result.additionalProperties = false;
  return nullable ? { anyOf: [result, { type: 'null' }] } : result;
}
