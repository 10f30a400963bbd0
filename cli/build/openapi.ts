import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { entryPoints } from '../../contracts/api/entry-points.ts';
import { apiErrorSchema } from '../../contracts/api/errors.ts';
import { type ApiRoute, apiRoutes } from '../../contracts/api/routes.ts';

const root = join(import.meta.dirname, '..', '..');

/** Where the description of the control API is published. */
export const openApiFile = join(root, 'docs', 'reference', 'openapi.json');

/** The control API as OpenAPI 3.1, made from the schemas by which requests are read and answers are typed. */
export function openApiText(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const document = {
    openapi: '3.1.1',
    info: {
      title: 'Sluice',
      version,
      description:
        'The control API of Sluice. Every change takes a person, or a job of GitHub Actions for deployments and rollbacks; every refusal has a stable name.',
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: servers(),
    security: [{ signIn: [] }],
    paths: paths(),
    components: { schemas: components(), securitySchemes },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const servers = () => {
  const variables = { host: { default: 'sluice.example.com', description: 'As in `urls` of sluice.yaml.' } };
  return [
    { url: 'https://{host}', description: 'For who signed in, and in the sandbox for its token.', variables },
    {
      url: `https://{host}${entryPoints.aws}`,
      description: 'For requests signed with AWS keys (SigV4, execute-api).',
      variables,
    },
    {
      url: `https://{host}${entryPoints.githubActions}`,
      description: 'For jobs of GitHub Actions, by their own token.',
      variables,
    },
  ];
};

const securitySchemes = {
  signIn: {
    type: 'http',
    scheme: 'bearer',
    description:
      'The token of the sign-in service; of GitHub for a job; in the sandbox the API token, beside the header x-sluice-user, which says who asks.',
  },
};

/** Documents that are answered, by the names under which they are described once. */
const answers = new Map<z.ZodType, string>();
for (const { id, answer } of Object.values(apiRoutes)) {
  if (!answers.has(answer)) answers.set(answer, nameOf(id));
}
answers.set(apiErrorSchema, 'Error');

function nameOf(id: string): string {
  return id.replace(/^(?:read|list)/, '').replace(/^[a-z]/, (letter) => letter.toUpperCase());
}

function components(): Record<string, object> {
  return Object.fromEntries([...answers].map(([schema, name]) => [name, described(schema, 'output')]));
}

function described(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return described;
}

function paths(): Record<string, object> {
  const all: Record<string, Record<string, object>> = {};
  for (const [key, route] of Object.entries(apiRoutes)) {
    const [method = '', path = ''] = key.split(' ');
    const address = path.replaceAll(/:(\w+)/g, '{$1}');
    all[address] = { ...all[address], [method.toLowerCase()]: operation(path, route) };
  }
  return all;
}

function operation(path: string, route: ApiRoute): object {
  const { id, summary, role, query, body, answer, status = 200, idempotent, jobs } = route;
  const who = role === 'approver' ? 'an approver of the operation' : `the role ${role}`;
  const parameters = [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...(query === undefined ? [] : queryParameters(query)),
    ...(idempotent ? [{ name: 'Idempotency-Key', in: 'header', schema: { type: 'string', maxLength: 255 } }] : []),
  ];
  return {
    operationId: id,
    summary,
    description: `Takes ${who}.${jobs ? ' Open to jobs of GitHub Actions.' : ''}`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: described(body, 'input') } } } }),
    responses: {
      [status]: {
        description: status === 202 ? 'It has begun.' : 'The answer.',
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${answers.get(answer)}` } } },
      },
      default: {
        description: 'It was refused, or something did not answer; nothing is half done.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

/** The fields of a query, each as a parameter. */
function queryParameters(query: z.ZodType): object[] {
  // What zod makes of an object.
  const { properties = {}, required = [] } = described(query, 'input') as {
    properties?: Record<string, object>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    ...(required.includes(name) ? { required: true } : {}),
    schema,
  }));
}
