/** How a Task waits: for the answer, for the job that it started, or for a callback with its token. */
export type IntegrationPattern = 'request-response' | 'sync' | 'callback';

/** A Task's `Resource`, taken apart. */
export interface TaskResource {
  /** As written. */
  readonly arn: string;
  /** `lambda-function` for a function's own ARN, else as in the ARN: `lambda`, `states`, `aws-sdk:dynamodb`. */
  readonly service: string;
  /** Such as `invoke`, `startExecution`; the function's ARN for `lambda-function`. */
  readonly action: string;
  readonly pattern: IntegrationPattern;
  /** `.sync:2` gives a child's output as JSON, `.sync` as text. */
  readonly syncVersion?: 1 | 2;
}

/** Takes a `Resource` apart; undefined when it is none that Step Functions knows the shape of. */
export function parseTaskResource(arn: string): TaskResource | undefined {
  if (/^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:\S+$/.test(arn)) {
    return { arn, service: 'lambda-function', action: arn, pattern: 'request-response' };
  }
  const match =
    /^arn:[\w-]+:states:[\w-]*:(?:\d{12})?:((?:aws-sdk:)?[\w-]+):(\w+)(\.waitForTaskToken|\.sync(?::2)?)?$/.exec(arn);
  const [, service, action, suffix] = match ?? [];
  if (!service || !action || service === 'activity') return undefined;
  if (suffix === '.waitForTaskToken') return { arn, service, action, pattern: 'callback' };
  if (suffix) return { arn, service, action, pattern: 'sync', syncVersion: suffix === '.sync' ? 1 : 2 };
  return { arn, service, action, pattern: 'request-response' };
}

/** `resourceType` and `resource` as the history shows them. */
export function historyNames(resource: TaskResource): { resourceType: string; resource: string } {
  const suffix = /\.(?:waitForTaskToken|sync(?::2)?)$/.exec(resource.arn)?.[0] ?? '';
  return { resourceType: resource.service, resource: `${resource.action}${suffix}` };
}
