import { randomUUID } from 'node:crypto';
import { type AccessKeys, authenticateSigV4 } from './authenticate-sigv4.ts';
import { AwsError } from './aws-error.ts';
import { type ServiceAnswer, type ServiceRequest, type StandIn, startListener } from './listener.ts';

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
  const publish = (request: ServiceRequest): ServiceAnswer => {
    authenticateSigV4(request.headers, options.keys);
    const form = new URLSearchParams(request.body.toString());
    if (request.method !== 'POST' || form.get('Action') !== 'Publish') {
      throw new AwsError('InvalidAction', `The sandbox does not know the action ${form.get('Action') ?? request.path}`);
    }
    const topicArn = form.get('TopicArn') ?? form.get('TargetArn') ?? '';
    const message = form.get('Message') ?? '';
    if (!/^arn:aws:sns:[a-z0-9-]+:\d{12}:[\w-]+$/.test(topicArn)) throw invalid('TopicArn');
    if (message === '') throw invalid('Message Reason: Empty message');
    const subject = form.get('Subject') ?? undefined;
    const messageId = randomUUID();
    messages.push({ messageId, topicArn, subject, message, at: new Date().toISOString() });
    return xml(
      200,
      `<PublishResponse><PublishResult><MessageId>${messageId}</MessageId></PublishResult>${metadata()}</PublishResponse>`,
    );
  };
  const listener = await startListener({
    port: options.port,
    handle: (request) => {
      if (request.method === 'GET' && request.path === '/store') {
        return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ messages }) };
      }
      try {
        return publish(request);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const body = `<Error><Type>Sender</Type><Code>${error.name}</Code><Message>${escapeXml(error.message)}</Message></Error>`;
        return xml(error.status, `<ErrorResponse>${body}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`);
      }
    },
  });
  return { ...listener, messages: () => messages };
}

const invalid = (what: string): AwsError => new AwsError('InvalidParameter', `Invalid parameter: ${what}`);
const metadata = (): string => `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
const xml = (status: number, body: string): ServiceAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body,
});
const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
