import type { Resource } from './resource-table.ts';

/** `/openapi/v3`: where each group version's document is. */
export function openApiIndex(resources: Resource[]): object {
  const paths = new Set(
    resources.flatMap(({ group, versions }) => versions.map((version) => groupPath(group, version))),
  );
  const entries = [...paths].map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }]);
  return { paths: Object.fromEntries(entries) };
}

/**
 * A group version's OpenAPI document, as little as kubectl needs: that PATCH takes `fieldValidation`, without which
 * `kubectl apply` would want every schema, and one open schema per kind for `kubectl explain`. No strategic merge patch is
 * listed, so kubectl computes those by the Go types that it has compiled in. Undefined: no such group version.
 */
export function openApiDocument(path: string, resources: Resource[]): object | undefined {
  const members = resources.flatMap((resource) =>
    resource.versions
      .filter((version) => groupPath(resource.group, version) === path)
      .map((version) => ({ resource, version })),
  );
  if (members.length === 0) return undefined;
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.35.0' },
    paths: Object.fromEntries(
      members.map(({ resource, version }) => [objectPath(resource, version), operations(resource, version)]),
    ),
    components: {
      schemas: Object.fromEntries(
        members.map(({ resource, version }) => [schemaName(resource, version), schema(resource, version)]),
      ),
    },
  };
}

const groupPath = (group: string, version: string): string => (group ? `apis/${group}/${version}` : `api/${version}`);

const schemaName = ({ group, kind }: Resource, version: string): string => `${group || 'core'}.${version}.${kind}`;

function objectPath({ group, namespaced, plural }: Resource, version: string): string {
  return `/${groupPath(group, version)}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}/{name}`;
}

function operations(resource: Resource, version: string): object {
  const kindOf = { group: resource.group, version, kind: resource.kind };
  const reference = { $ref: `#/components/schemas/${schemaName(resource, version)}` };
  const operation = (action: string) => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kindOf,
    parameters: ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
      name,
      in: 'query',
      schema: { type: 'string', uniqueItems: true },
    })),
    responses: { 200: { description: 'OK', content: { 'application/json': { schema: reference } } } },
  });
  const patchTypes = ['application/json-patch+json', 'application/merge-patch+json'];
  const content = Object.fromEntries(patchTypes.map((type) => [type, { schema: { type: 'object' } }]));
  return {
    get: operation('get'),
    put: operation('put'),
    patch: { ...operation('patch'), requestBody: { content, required: true } },
    delete: operation('delete'),
  };
}

function schema({ group, kind }: Resource, version: string): object {
  const open = (description: string) => ({ type: 'object', description, 'x-kubernetes-preserve-unknown-fields': true });
  return {
    type: 'object',
    description: `${kind}, stored by the sandbox as it is.`,
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: open('Name, namespace, labels and what else all objects have.'),
      spec: open('What is wanted.'),
      status: open('What was found.'),
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  };
}
