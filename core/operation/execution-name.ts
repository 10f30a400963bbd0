import { createHash } from 'node:crypto';

/** The longest execution name that Step Functions takes. */
export const executionNameLimit = 80;

const returnSuffix = '-return';

/** What starts executions names them after what they follow: a deployment's return, the standby after that, and the return of it. */
const longestSuffix = `${returnSuffix}-standby${returnSuffix}`;

/** The execution that returns the traffic of this one. The machines use this name, too: whoever is first starts it, and nobody a second one. */
export const returnName = (executionArn: string): string => `${executionArn.split(':').at(-1)}${returnSuffix}`;

/**
 * An execution's name from what makes it the same request: `kind-service-hash`, of `[a-z0-9-]` and at most 80 characters
 * with what the machines append to it. The
 * name stays taken for 90 days (AWS), so a redelivered event starts nothing (I10).
 *
 * @param parts what identifies the request, e.g. repository id, run id and attempt.
 */
export function executionName(kind: string, service: string, parts: readonly (string | number)[]): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([service, ...parts]))
    .digest('hex')
    .slice(0, 24);
  const readable = `${kind}-${service}`.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
  const room = executionNameLimit - longestSuffix.length - hash.length - 1;
  return `${readable.slice(0, room)}-${hash}`;
}
