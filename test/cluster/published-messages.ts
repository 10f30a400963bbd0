import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import protobuf from 'protobufjs';
import { resourceTable } from '../../sandbox/kubernetes/resource-table.ts';

const run = promisify(execFile);

/** What is sent to an API server beside the kinds that it stores. */
const others = [
  'k8s.io.apimachinery.pkg.runtime.Unknown',
  'k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions',
  'k8s.io.api.core.v1.Binding',
  'k8s.io.api.autoscaling.v1.Scale',
  ...['Access', 'Rules'].map((what) => `k8s.io.api.authorization.v1.SelfSubject${what}Review`),
  'k8s.io.api.authentication.v1.SelfSubjectReview',
];

/** How a Go struct writes a field as JSON: its name, within its parent or not, and left out where it is empty. */
interface Tag {
  readonly name: string;
  readonly inline: boolean;
  readonly omitted: boolean;
}

/** One message as protobufjs reads it; see sandbox/kubernetes/protobuf-body.ts for the two options. */
interface Message {
  readonly fields: Readonly<Record<string, object>>;
}

/** Its schemas are nested without end, and clients send it as JSON. */
const leftOut = 'apiextensions.k8s.io';

/**
 * The messages in which clients send the built-in kinds that the stand-in serves, and what these consist of, out of the modules of Kubernetes:
 * numbers and types stand in their `generated.proto`, names in JSON in their Go structs.
 */
export async function publishedMessages(): Promise<Record<string, Message>> {
  const { root, tags } = await readModules();
  const served = resourceTable
    .filter(({ custom, group }) => !custom && group !== leftOut)
    .flatMap(({ group, versions, kind }) => versions.map((version) => messageOf(group, version, kind)));
  const found = new Map<string, Message>();
  const add = (type: protobuf.Type): void => {
    const name = type.fullName.slice(1);
    if (found.has(name)) return;
    const fields: Record<string, object> = {};
    found.set(name, { fields });
    for (const field of type.fieldsArray) {
      field.resolve();
      const tag = tags.get(`${name} ${field.name}`) ?? { name: field.name, inline: false, omitted: false };
      const { rule, keyType } = field.toJSON() as { rule?: string; keyType?: string };
      const options = { ...(tag.inline ? { inline: true } : {}), ...(tag.omitted ? { omitted: true } : {}) };
      fields[tag.name] = {
        ...(keyType === undefined ? {} : { keyType }),
        ...(rule === 'repeated' ? { rule } : {}),
        type: field.resolvedType === null ? field.type : keyOf(field.resolvedType.fullName),
        id: field.id,
        ...(Object.keys(options).length === 0 ? {} : { options }),
      };
      if (field.resolvedType instanceof protobuf.Type) add(field.resolvedType);
    }
  };
  for (const name of [...served, ...others]) add(root.lookupType(name));
  return Object.fromEntries([...found].map(([name, message]) => [keyOf(name), message] as const).sort(byName));
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** `k8s.io.api.core.v1.Pod` is `core_v1_Pod`: protobufjs takes a dot for a package. */
const keyOf = (name: string): string =>
  name
    .replace(/^\./, '')
    .replace(/^k8s\.io\.(?:api|apimachinery)\.(?:pkg\.)?(?:apis?\.)?/, '')
    .replaceAll('.', '_');

/** `rbac.authorization.k8s.io` is `rbac` there, and the core group, which has no name, is `core`. */
const messageOf = (group: string, version: string, kind: string): string =>
  `k8s.io.api.${group === '' ? 'core' : group.split('.')[0]}.${version}.${kind}`;

async function readModules() {
  const root = new protobuf.Root();
  const tags = new Map<string, Tag>();
  for (const module of ['k8s.io/api', 'k8s.io/apimachinery']) {
    const cwd = join(import.meta.dirname, 'modules', 'kube');
    const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd });
    const { Dir: folder }: { Dir: string } = JSON.parse(stdout);
    const files = await readdir(folder, { recursive: true });
    for (const file of files.filter((name) => name.endsWith('/generated.proto'))) {
      const text = await readFile(join(folder, file), 'utf8');
      const parsed = protobuf.parse(text, root, { keepCase: true });
      const own = join(folder, file, '..');
      const sources = (await readdir(own)).filter((name) => name.endsWith('.go') && !name.includes('generated'));
      for (const source of sources) {
        for (const [field, tag] of tagsIn(await readFile(join(own, source), 'utf8')))
          tags.set(`${parsed.package}.${field}`, tag);
      }
    }
  }
  root.resolveAll();
  return { root, tags };
}

/** By `Struct protoName`. */
function tagsIn(source: string): [string, Tag][] {
  return [...source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)].flatMap(([, struct = '', body = '']) =>
    [...body.matchAll(/^\t(?:\w+\s+)?(\S+)\s+`(.*)`/gm)].flatMap(([, type = '', tag = '']): [string, Tag][] => {
      const json = /json:"([^"]*)"/.exec(tag)?.[1];
      const proto = /protobuf:"[^"]*name=(\w+)/.exec(tag)?.[1];
      if (json === undefined || proto === undefined) return [];
      const [written = '', ...words] = json.split(',');
      const name = written === '' || written === '-' ? proto : written;
      const inline = words.includes('inline');
      const omitted = words.some((word) => word === 'omitempty' || word === 'omitzero') && !type.startsWith('*');
      return [[`${struct} ${proto}`, { name, inline, omitted }]];
    }),
  );
}

/** The text of `sandbox/kubernetes/published-messages.json`: a message a line, so that a change shows where it is. */
export function messagesText(messages: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(messages).map(([key, message]) => `${JSON.stringify(key)}: ${JSON.stringify(message)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

/** Where that file is. */
export const messagesFile = join(import.meta.dirname, '..', '..', 'sandbox', 'kubernetes', 'published-messages.json');

if (import.meta.main) await writeFile(messagesFile, messagesText(await publishedMessages()));
