import { type MessageHeader, SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { seconds } from '../../contracts/duration.ts';
import { type AwsOptions, awsClientConfig, callAws, isAwsError } from '../shared/aws.ts';
import type { CallOptions } from '../shared/call-dependency.ts';

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /**
   * What the mail belongs to, the outermost first: operations by their ids. Mail programs show mails with the same first name as one
   * conversation (docs/adr/0063).
   */
  readonly thread?: readonly string[];
  /** Names and values of letters, digits, `_` and `-`; other characters become `_` (SES's rule). */
  readonly tags?: Readonly<Record<string, string>>;
}

export type MailOutcome =
  | { kind: 'sent'; messageId: string }
  /** The mail service will not take this mail: an unverified sender, a suppressed or malformed recipient. */
  | { kind: 'rejected'; reason: string };

/** Mail through Amazon SES v2. Not paging: nobody is woken by it. Errors: DependencyUnavailable, DependencyRefused. */
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

export interface MailerOptions extends AwsOptions {
  /** What bounces are counted by; without it, the one that the sender's identity has. */
  readonly configurationSet?: string | undefined;
}

/** SES takes no more recipients of one mail. */
const mostRecipients = 50;

export function createMailer(options: MailerOptions): Mailer {
  const client = new SESv2Client(awsClientConfig(options));
  return {
    async send(mail, asked) {
      const parts = Array.from({ length: Math.ceil(mail.to.length / mostRecipients) }, (_, index) =>
        mail.to.slice(index * mostRecipients, (index + 1) * mostRecipients),
      );
      // One after the other: SES counts each recipient as a mail in its limit a second.
      const outcomes: MailOutcome[] = [];
      for (const to of parts) outcomes.push(await sendOnce({ ...mail, to }, asked));
      return (
        outcomes.find(({ kind }) => kind === 'rejected') ?? outcomes[0] ?? { kind: 'rejected', reason: 'no recipient' }
      );
    },
  };

  function sendOnce(
    { from, to, subject, text, html, thread = [], tags = {} }: Mail,
    asked?: CallOptions,
  ): Promise<MailOutcome> {
    return callAws(
      {
        dependency: 'mail',
        attempted: `send "${subject}" to ${to.join(', ')}`,
        retry: 'never',
        within: asked?.within ?? options.within ?? seconds(5),
        ...(asked?.signal ? { signal: asked.signal } : {}),
      },
      async (abortSignal): Promise<MailOutcome> => {
        const command = new SendEmailCommand({
          FromEmailAddress: from,
          ConfigurationSetName: options.configurationSet,
          Destination: { ToAddresses: [...to] },
          Content: {
            Simple: {
              Subject: { Data: subject, Charset: 'UTF-8' },
              Body: { Text: { Data: text, Charset: 'UTF-8' }, Html: { Data: html, Charset: 'UTF-8' } },
              Headers: headersOf(from, thread),
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
    );
  }
}

/**
 * SES sets the Message-ID itself, so no mail can be the first of its conversation: all of them answer one that never existed. Out-of-office
 * replies stay away from what is sent by a machine. @see https://docs.aws.amazon.com/ses/latest/dg/header-fields.html
 */
function headersOf(from: string, thread: readonly string[]): MessageHeader[] {
  const host = /@([^\s>@]+)>?\s*$/.exec(from)?.[1] ?? 'sluice.invalid';
  const ids = thread.map((name) => `<${tagWord(name)}@${host}>`);
  const headers = [{ Name: 'Auto-Submitted', Value: 'auto-generated' }];
  const [last] = ids.slice(-1);
  if (last === undefined) return headers;
  return [...headers, { Name: 'In-Reply-To', Value: last }, { Name: 'References', Value: ids.join(' ') }];
}

const tagWord = (text: string) => text.replace(/[^\w-]/g, '_').slice(0, 256);
