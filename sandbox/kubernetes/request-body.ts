import type { IncomingMessage } from 'node:http';
import { badRequest, StatusError, unsupportedMediaType } from './status-error.ts';

/** etcd's limit of 1.5 MB for an object, twice, as kube-apiserver's own limit for a request. */
const maximumBytes = 3 * 1024 * 1024;

const protobufType = 'application/vnd.kubernetes.protobuf';

/** A body's media type without parameters, `application/json` when none is given. */
export function contentTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
}

/**
 * Reads and parses a body in JSON, YAML or Kubernetes' protobuf; undefined for an empty one. Errors: 400 for bad syntax, 413 for more than
 * 3 MB, 415 for CBOR and its like.
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const type = contentTypeOf(request);
  const bytes = await readBytes(request);
  if (type === protobufType && bytes.length > 0) {
    // 200 messages, which nobody needs who sends JSON.
    const { parseProtobuf } = await import('./protobuf-body.ts');
    return parseProtobuf(bytes);
  }
  const text = bytes.toString('utf8');
  if (text.trim() === '') return undefined;
  if (!/[/+](json|yaml)$/.test(type))
    throw unsupportedMediaType(['application/json', 'application/yaml', protobufType]);
  try {
    // JSON is YAML too; the YAML parser is 40 ms to import and slower
    if (type.endsWith('json') || text.trimStart().startsWith('{')) return JSON.parse(text);
    const { parse } = await import('yaml');
    return parse(text);
  } catch (error) {
    throw badRequest(`the body of the request could not be parsed: ${error instanceof Error ? error.message : error}`);
  }
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes: Buffer = chunk; // a request without encoding yields buffers
    size += bytes.length;
    if (size > maximumBytes) {
      throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maximumBytes}`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
