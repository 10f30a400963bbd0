import type { Resource } from './resource-table.ts';
import { resourceKey } from './resource-table.ts';

export interface StatusCause {
  field: string;
  message: string;
  reason: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** What the server answers with a `Status` object; texts and reasons are those of the real API server. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  toStatus(): object {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }
}

const about = (resource: Resource, name: string): StatusDetails => ({
  name,
  ...(resource.group ? { group: resource.group } : {}),
  kind: resource.plural,
});

export const notFound = (resource: Resource, name: string): StatusError =>
  new StatusError(404, 'NotFound', `${resourceKey(resource)} "${name}" not found`, about(resource, name));

export const unknownPath = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});

export const alreadyExists = (resource: Resource, name: string): StatusError =>
  new StatusError(409, 'AlreadyExists', `${resourceKey(resource)} "${name}" already exists`, about(resource, name));

export const conflict = (resource: Resource, name: string, because: string): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${resourceKey(resource)} "${name}": ${because}`,
    about(resource, name),
  );

export const modified = (resource: Resource, name: string): StatusError =>
  conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );

/** Server-side apply of fields that others own. */
export function conflictingManagers(conflicts: readonly { manager: string; field: string }[]): StatusError {
  const causes = conflicts.map(({ manager, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${JSON.stringify(manager)}`,
    field,
  }));
  const managers = [...new Set(causes.map(({ message }) => message))];
  const lists = managers.map((text) => {
    const fields = causes.filter(({ message }) => message === text).map(({ field }) => field);
    return fields.length === 1 ? `${text}: ${fields[0]}` : `${text}:\n- ${fields.join('\n- ')}`;
  });
  const count =
    conflicts.length === 1 ? 'Apply failed with 1 conflict' : `Apply failed with ${conflicts.length} conflicts`;
  const several = managers.length === 1 ? lists[0] : `conflicts ${lists.join('\n')}`;
  return new StatusError(409, 'Conflict', `${count}: ${several}`, { causes });
}

export const invalid = (resource: Resource, name: string, causes: StatusCause[]): StatusError =>
  new StatusError(
    422,
    'Invalid',
    `${resource.kind}${resource.group ? `.${resource.group}` : ''} "${name}" is invalid: ${problems(causes)}`,
    { ...about(resource, name), kind: resource.kind, causes },
  );

function problems(causes: StatusCause[]): string {
  const texts = causes.map((cause) => `${cause.field}: ${cause.message}`);
  return texts.length === 1 ? `${texts[0]}` : `[${texts.join(', ')}]`;
}

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message);

export const unauthorized = (): StatusError => new StatusError(401, 'Unauthorized', 'Unauthorized');

export const forbidden = (message: string, details: StatusDetails = {}): StatusError =>
  new StatusError(403, 'Forbidden', message, details);

/** A list at a version that is not there yet: the client asks again, and the server has waited for it in vain. */
export const tooLargeVersion = (wanted: string, current: number): StatusError =>
  new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ field: '', reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });

export const methodNotAllowed = (): StatusError =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

/** The one refusal that no API server has. */
export const noContainers = (subresource: string): StatusError =>
  new StatusError(
    405,
    'MethodNotAllowed',
    `pods of the sandbox are not containers, so there is no "${subresource}": kubectl logs, describe and get events show what they do`,
    {},
  );

export const expired = (wanted: number, oldest: number): StatusError =>
  new StatusError(410, 'Expired', `too old resource version: ${wanted} (${oldest})`);

export const unsupportedMediaType = (accepted: readonly string[]): StatusError =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
    {},
  );
