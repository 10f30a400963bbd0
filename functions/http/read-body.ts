/** A body as it was sent, or the news that it is longer than allowed. */
export type BodyRead = { kind: 'bytes'; bytes: Uint8Array<ArrayBuffer> } | { kind: 'too-large' };

/** `mebibytes(1)` is 1 048 576 bytes. */
export const mebibytes = (value: number): number => value * 1024 * 1024;

/** `kibibytes(16)` is 16 384 bytes. */
export const kibibytes = (value: number): number => value * 1024;

/**
 * Reads a request's raw bytes, and stops reading once there are more than `limit`, whatever `content-length` says or does not
 * say. Signatures are verified over exactly these bytes.
 *
 * @param limit in bytes.
 */
export async function readBody(request: Request, limit: number): Promise<BodyRead> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return { kind: 'too-large' };
  if (request.body === null) return { kind: 'bytes', bytes: new Uint8Array() };
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel().catch(() => undefined);
      return { kind: 'too-large' };
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return { kind: 'bytes', bytes };
}

/** The bytes as JSON, `undefined` when they are none: JSON itself has no undefined. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** Whether a form was sent where a document is wanted, by what its sender says or by how it begins (GitHub: `payload=`). */
export const isFormEncoded = (contentType: string | undefined, bytes: Uint8Array): boolean =>
  contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true ||
  new TextDecoder().decode(bytes.subarray(0, 8)) === 'payload=';
