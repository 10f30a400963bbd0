import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { seconds } from '../../contracts/duration.ts';
import { type AwsOptions, awsClientConfig, callAws, isAwsError } from '../shared/aws.ts';
import type { CallOptions } from '../shared/call-neighbour.ts';

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Names and values of letters, digits, `_` and `-`; other characters become `_` (SES's rule). */
  readonly tags?: Readonly<Record<string, string>>;
}

export type MailOutcome =
  | { kind: 'sent'; messageId: string }
  /** The mail service will not take this mail: an unverified sender, a suppressed or malformed recipient. */
  | { kind: 'rejected'; reason: string };

/** Mail through Amazon SES v2. Not paging: nobody is woken by it. Errors: NeighbourUnavailable, NeighbourRefused. */
export interface Mailer {
  send(mail: Mail, options?: CallOptions): Promise<MailOutcome>;
}

const rejections = [
  'MessageRejected',
  'BadRequestException',
  'MailFromDomainNotVerifiedException',
  'AccountSuspendedException',
  'SendingPausedException',
  'NotFoundException',
];

export function createMailer(options: AwsOptions): Mailer {
  const client = new SESv2Client(awsClientConfig(options));
  return {
    send: ({ from, to, subject, text, html, tags = {} }, asked) =>
      callAws(
        {
          neighbour: 'mail',
          attempted: `send "${subject}" to ${to.join(', ')}`,
          kind: 'write',
          within: asked?.within ?? options.within ?? seconds(5),
          ...(asked?.signal ? { signal: asked.signal } : {}),
        },
        async (abortSignal) => {
          const command = new SendEmailCommand({
            FromEmailAddress: from,
            Destination: { ToAddresses: [...to] },
            Content: {
              Simple: {
                Subject: { Data: subject, Charset: 'UTF-8' },
                Body: { Text: { Data: text, Charset: 'UTF-8' }, Html: { Data: html, Charset: 'UTF-8' } },
              },
            },
            EmailTags: Object.entries(tags).map(([name, value]) => ({ Name: tagWord(name), Value: tagWord(value) })),
          });
          try {
            const { MessageId = '' } = await client.send(command, { abortSignal });
            return { kind: 'sent', messageId: MessageId } as const;
          } catch (error) {
            if (isAwsError(error, ...rejections)) {
              return { kind: 'rejected', reason: `${error.name}: ${error.message}` } as const;
            }
            throw error;
          }
        },
      ),
  };
}

const tagWord = (text: string) => text.replace(/[^\w-]/g, '_').slice(0, 256);
