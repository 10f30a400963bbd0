import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { isJsonObject, type JsonObject } from './kube-object.ts';
import { badRequest, StatusError, unsupportedMediaType } from './status-error.ts';

/** What stands before each object in Kubernetes' form of protobuf. */
const magic = Buffer.from('k8s\0');

/**
 * `published-messages.json`, a message a line, is made of Kubernetes' own by `node test/cluster/published-messages.ts` and compared with them by
 * `npm run test:cluster`. Fields have their names in JSON. `inline`: its fields stand in its parent there. `omitted`: it is left out where it is empty.
 */
const messages = protobuf.Root.fromJSON({ nested: readMessages() });

function readMessages(): Record<string, protobuf.IType> {
  const text = readFileSync(join(import.meta.dirname, 'published-messages.json'), 'utf8');
  const published: Readonly<Record<string, protobuf.IType>> = JSON.parse(text);
  // There a zero that was sent is another thing than none.
  return Object.fromEntries(
    Object.entries(published).map(([name, message]) => [name, { ...message, edition: 'proto2' }]),
  );
}

/**
 * The object in a body of type `application/vnd.kubernetes.protobuf`, as it would be in JSON: kubectl and helm send built-in kinds so.
 * Errors: 400 for what is no such body, 415 for a kind that is to be sent as JSON.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
export function parseProtobuf(bytes: Buffer): JsonObject {
  try {
    if (!bytes.subarray(0, magic.length).equals(magic)) throw new Error('it does not begin with "k8s" and a zero byte');
    const { apiVersion, kind, raw } = unwrapped(bytes.subarray(magic.length));
    const type = typeOf(apiVersion, kind);
    return { apiVersion, kind, ...objectOf(type, type.decode(raw)) };
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw badRequest(
      `the body of the request is no protobuf envelope of Kubernetes (magic number, apiVersion and kind): ${error instanceof Error ? error.message : error}`,
    );
  }
}

function unwrapped(envelope: Buffer) {
  const fields = messages.lookupType('runtime_Unknown').decode(envelope) as unknown as JsonObject;
  const { typeMeta, raw } = fields;
  const { apiVersion, kind } = isJsonObject(typeMeta) ? typeMeta : {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || apiVersion === '' || kind === '')
    throw new Error('it names no apiVersion and kind');
  return { apiVersion, kind, raw: raw instanceof Uint8Array ? raw : new Uint8Array() };
}

/** A kind's message; that of deletions is the same in each group. */
function typeOf(apiVersion: string, kind: string): protobuf.Type {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const name = kind === 'DeleteOptions' ? 'meta_v1_DeleteOptions' : `${group?.split('.')[0]}_${version}_${kind}`;
  const found = messages.get(name);
  if (found instanceof protobuf.Type) return found;
  throw unsupportedMediaType(['application/json', 'application/yaml']);
}

/** How Kubernetes writes messages as JSON that are no objects there; undefined: the field is not there. */
const values: Readonly<Record<string, (message: JsonObject) => unknown>> = {
  resource_Quantity: ({ string }) => string,
  util_intstr_IntOrString: ({ type, intVal, strVal }) => (Number(type) === 0 ? intVal : strVal),
  meta_v1_Time: (message) => timeOf(message)?.replace(/\.\d+Z$/, 'Z'),
  meta_v1_MicroTime: (message) => timeOf(message)?.replace(/Z$/, '000Z'),
  meta_v1_FieldsV1: ({ Raw }) => jsonIn(Raw),
  runtime_RawExtension: ({ raw }) => jsonIn(raw),
  meta_v1_Verbs: ({ items }) => items,
  authentication_v1_ExtraValue: ({ items }) => items,
  authorization_v1_ExtraValue: ({ items }) => items,
};

const timeOf = ({ seconds, nanos }: JsonObject): string | undefined =>
  seconds === undefined ? undefined : new Date(Number(seconds) * 1000 + Number(nanos ?? 0) / 1e6).toISOString();

const jsonIn = (raw: unknown): unknown =>
  raw instanceof Uint8Array && raw.length > 0 ? JSON.parse(Buffer.from(raw).toString('utf8')) : undefined;

/** A message has what was sent as own properties; what was not sent would read as its type's default. */
function objectOf(type: protobuf.Type, message: object): JsonObject {
  const result: JsonObject = {};
  for (const field of type.fieldsArray) {
    if (!Object.hasOwn(message, field.name)) continue;
    const value = jsonOf(field, (message as JsonObject)[field.name]);
    if (value === undefined || (field.options?.omitted === true && isEmpty(value))) continue;
    if (field.options?.inline === true && isJsonObject(value)) Object.assign(result, value);
    else result[field.name] = value;
  }
  return result;
}

function jsonOf(field: protobuf.Field, value: unknown): unknown {
  field.resolve();
  if (Array.isArray(value)) return value.map((item) => single(field, item));
  if (field instanceof protobuf.MapField && isJsonObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, single(field, item)]));
  return single(field, value);
}

function single({ resolvedType }: protobuf.Field, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (resolvedType instanceof protobuf.Type && isJsonObject(value)) {
    const special = values[resolvedType.name];
    return special === undefined ? objectOf(resolvedType, value) : special(value);
  }
  // Numbers of 64 bits, which JSON has as it has others.
  return isJsonObject(value) ? Number(value) : value;
}

const isEmpty = (value: unknown): boolean =>
  value === '' || value === 0 || value === false || (isJsonObject(value) && Object.keys(value).length === 0);
