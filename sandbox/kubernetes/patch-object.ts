import fastJsonPatch from 'fast-json-patch';
import { isJsonObject, type KubeObject } from './kube-object.ts';
import { mergePatch } from './merge-patch.ts';
import { badRequest, StatusError, unsupportedMediaType } from './status-error.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';

const jsonPatchType = 'application/json-patch+json';
const mergePatchType = 'application/merge-patch+json';
const strategicPatchType = 'application/strategic-merge-patch+json';
const applyPatchType = 'application/apply-patch+yaml';

/** A patch that was understood, ready to be applied to whatever state the object then has. */
export interface ObjectPatch {
  /** Server-side apply creates the object where it is missing. */
  kind: 'patch' | 'apply';
  body: unknown;
  apply(current: KubeObject): unknown;
}

/**
 * Chooses the meaning of a PATCH by its content type. Errors: 415 for an unknown one, and for a strategic patch of a custom
 * resource, as the real server does; 400 for a body of the wrong form; applying a JSON patch whose `test` fails is 422.
 */
export function parsePatch(contentType: string, body: unknown, target: { custom: boolean }): ObjectPatch {
  if (contentType === jsonPatchType) {
    if (!Array.isArray(body)) throw badRequest('a JSON patch is a list of operations');
    return { kind: 'patch', body, apply: (current) => applyJsonPatch(current, body) };
  }
  if (!isJsonObject(body)) throw badRequest('the patch is not an object');
  if (contentType === mergePatchType) return { kind: 'patch', body, apply: (current) => mergePatch(current, body) };
  // custom resources have no merge keys: their lists are replaced
  if (contentType === applyPatchType) {
    const merge = target.custom ? mergePatch : strategicMergePatch;
    // Of a status, which is all that this is for: applied-fields.ts does the rest.
    return { kind: 'apply', body, apply: (current) => merge(current, body) };
  }
  if (contentType === strategicPatchType && !target.custom) {
    return { kind: 'patch', body, apply: (current) => strategicMergePatch(current, body) };
  }
  const accepted = [jsonPatchType, mergePatchType, applyPatchType];
  throw unsupportedMediaType(target.custom ? accepted : [...accepted, strategicPatchType]);
}

function applyJsonPatch(current: KubeObject, operations: unknown[]): unknown {
  try {
    // fast-json-patch checks the operations itself (`validateOperation`) and throws for what is none
    const patch = operations as fastJsonPatch.Operation[];
    return fastJsonPatch.applyPatch(structuredClone(current), patch, true).newDocument;
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {
      causes: [{ field: 'patch', reason: 'UnexpectedServerResponse', message: why }],
    });
  }
}
