import type { DependencyName, Fault } from './faults.ts';

/** An answer that says no, as this dependency says it. */
export interface SpoiltAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A `status` fault in the dependency's own form, so that its real client library takes it for its own. */
export function spoiltAnswer(dependency: DependencyName, { status, retryAfter }: Fault): SpoiltAnswer {
  const message = `The sandbox was told to answer ${status}.`;
  const headers = {
    'content-type': 'application/json',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  };
  switch (dependency) {
    case 'kubernetes':
    case 'argocd': {
      const reason = reasons[status] ?? 'InternalError';
      const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code: status, message };
      return { status, headers, body: JSON.stringify(body) };
    }
    case 'github':
      return { status, headers, body: JSON.stringify({ message, documentation_url: 'https://docs.github.com/rest' }) };
    case 'metrics':
      return { status, headers, body: JSON.stringify({ status: 'error', errorType: 'unavailable', error: message }) };
    case 'ses':
      return {
        status,
        headers: { ...headers, 'x-amzn-errortype': awsCode(status) },
        body: JSON.stringify({ message }),
      };
    case 's3': {
      const body = `<?xml version="1.0"?><Error><Code>${awsCode(status)}</Code><Message>${message}</Message></Error>`;
      return { status, headers: { ...headers, 'content-type': 'application/xml' }, body };
    }
    case 'dynamodb':
    case 'stepfunctions':
    case 'eventbridge':
    case 'events':
    case 'kms':
      return { status, headers, body: JSON.stringify({ __type: awsCode(status), message }) };
  }
}

const reasons: Readonly<Record<number, string>> = {
  409: 'Conflict',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

function awsCode(status: number): string {
  if (status === 429) return 'ThrottlingException';
  if (status === 503) return 'ServiceUnavailable';
  return status >= 500 ? 'InternalServerError' : 'ValidationException';
}
