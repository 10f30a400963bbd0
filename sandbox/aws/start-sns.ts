import { randomUUID } from 'node:crypto';
import type { AccessKeys } from './authenticate-sigv4.ts';
import { AwsError } from './aws-error.ts';
import type { StandIn } from './listener.ts';
import { element, startQuery } from './start-query.ts';

export interface PublishedMessage {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  readonly message: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface SnsStandIn extends StandIn {
  /** Oldest first; in memory only. */
  messages(): readonly PublishedMessage[];
}

/** Starts SNS: Publish in the Query protocol. `GET /store` lists what was published, as for mail. */
export async function startSns(options: { port: number; keys?: AccessKeys | undefined }): Promise<SnsStandIn> {
  const messages: PublishedMessage[] = [];
  const publish = (form: URLSearchParams): string => {
    const topicArn = form.get('TopicArn') ?? form.get('TargetArn') ?? '';
    const message = form.get('Message') ?? '';
    if (!/^arn:aws:sns:[a-z0-9-]+:\d{12}:[\w-]+$/.test(topicArn)) throw invalid('TopicArn');
    if (message === '') throw invalid('Message Reason: Empty message');
    const subject = form.get('Subject') ?? undefined;
    const messageId = randomUUID();
    messages.push({ messageId, topicArn, subject, message, at: new Date().toISOString() });
    return element('MessageId', messageId);
  };
  const listener = await startQuery({
    ...options,
    actions: { Publish: publish },
    besides: ({ method, path }) =>
      method === 'GET' && path === '/store'
        ? { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ messages }) }
        : null,
  });
  return { ...listener, messages: () => messages };
}

const invalid = (what: string): AwsError => new AwsError('InvalidParameter', `Invalid parameter: ${what}`);
