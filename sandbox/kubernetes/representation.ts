import { type KubeObject, objectJson } from './kube-object.ts';
import { columnsOf } from './print-columns.ts';
import type { Resource } from './resource-table.ts';

/** The form in which a client wants objects, from its Accept header. */
export type Form = 'object' | 'table' | 'metadata';

/** `application/json;as=Table;v=v1;g=meta.k8s.io` and its kin; the first one that the server has wins. */
export function acceptedForm(accept: string | undefined): Form {
  for (const type of (accept ?? '').split(',')) {
    if (!/^\s*application\/json/.test(type)) continue;
    if (/;\s*as=Table(;|$)/.test(type)) return 'table';
    if (/;\s*as=PartialObjectMetadata(List)?(;|$)/.test(type)) return 'metadata';
    return 'object';
  }
  return 'object';
}

/** What a request asks for: the kind, its version, the form, and how much of an object a table row carries. */
export interface View {
  resource: Resource;
  version: string;
  form: Form;
  includeObject: string;
  clock: () => Date;
}

/** The JSON text of one object (or of the one-row table about it). */
export function renderObject(view: View, object: KubeObject): string {
  const versioned = inVersion(view, object);
  if (view.form === 'table')
    return renderTable(view, [versioned], object.metadata.resourceVersion, { headers: 'with' });
  return view.form === 'metadata' ? JSON.stringify(metadataOnly(versioned)) : objectJson(versioned);
}

/** The JSON text of a watch event's object: of the tables only the first one repeats the column definitions. */
export function renderEventObject(view: View, object: KubeObject, headers: 'with' | 'without'): string {
  if (view.form !== 'table') return renderObject(view, object);
  return renderTable(view, [inVersion(view, object)], object.metadata.resourceVersion, { headers });
}

export function renderList(view: View, objects: KubeObject[], resourceVersion: string): string {
  const versioned = objects.map((object) => inVersion(view, object));
  if (view.form === 'table') return renderTable(view, versioned, resourceVersion, { headers: 'with' });
  const { apiVersion, kind } =
    view.form === 'metadata'
      ? { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadataList' }
      : { apiVersion: apiVersionOf(view), kind: `${view.resource.kind}List` };
  const items = versioned.map((object) =>
    view.form === 'metadata' ? JSON.stringify(metadataOnly(object)) : objectJson(object),
  );
  const head = JSON.stringify({ kind, apiVersion, metadata: { resourceVersion } });
  return `${head.slice(0, -1)},"items":[${items.join(',')}]}`;
}

/** An object that says only how far a watcher has come. */
export function renderBookmark(view: View, resourceVersion: string, annotations?: Record<string, string>): string {
  const metadata = { resourceVersion, creationTimestamp: null, ...(annotations ? { annotations } : {}) };
  const bookmark = { kind: view.resource.kind, apiVersion: apiVersionOf(view), metadata };
  if (view.form === 'object') return JSON.stringify(bookmark);
  const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
  if (view.form === 'metadata') return JSON.stringify(partial);
  return JSON.stringify({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion },
    columnDefinitions: null,
    rows: [{ cells: columnsOf(view.resource).map(() => ''), object: partial }],
  });
}

export function apiVersionOf({ resource, version }: { resource: Resource; version: string }): string {
  return resource.group ? `${resource.group}/${version}` : version;
}

function inVersion(view: View, object: KubeObject): KubeObject {
  const apiVersion = apiVersionOf(view);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

function metadataOnly({ metadata }: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

function renderTable(
  { resource, includeObject, clock }: View,
  objects: KubeObject[],
  resourceVersion: string,
  { headers }: { headers: 'with' | 'without' },
): string {
  const now = clock();
  const columns = columnsOf(resource);
  const definitions = columns.map(({ name, type, priority }) => ({
    name,
    type,
    format: name === 'Name' ? 'name' : '',
    description: '',
    priority,
  }));
  const rows = objects.map((object) => ({
    cells: columns.map((column) => column.value(object, now)),
    ...(includeObject === 'None' ? {} : { object: includeObject === 'Object' ? object : metadataOnly(object) }),
  }));
  return JSON.stringify({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion },
    columnDefinitions: headers === 'with' ? definitions : null,
    rows,
  });
}
