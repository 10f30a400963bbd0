import { createVerify, X509Certificate } from 'node:crypto';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { DependencyRefused } from '../../contracts/errors.ts';
import type { SnsMessage } from '../../contracts/events/sns-message.ts';
import type { Instant } from '../../contracts/instant.ts';
import { callDependency } from '../shared/call-dependency.ts';
import { refused, unavailable } from '../shared/dependency-errors.ts';
import { askHttp, type HttpAnswer, type HttpQuestion } from '../shared/http.ts';

/** What SNS is asked about its own messages, without credentials. */
export interface SnsSignatures {
  /**
   * Why SNS has not signed this message; null: it has, by a certificate of the topic's region.
   *
   * @throws {DependencyUnavailable} when the certificate cannot be had now.
   */
  refusal(message: SnsMessage): Promise<string | null>;
  /**
   * Confirms a subscription. Only the topic and the token are taken from the message: the address is SNS's own.
   *
   * @throws {DependencyUnavailable | DependencyRefused}
   */
  confirm(message: SnsMessage): Promise<void>;
}

export interface SnsSignatureOptions {
  readonly now: () => Instant;
  /** One HTTP request; the network's own without it. */
  readonly ask?: (question: HttpQuestion) => Promise<HttpAnswer>;
  /** Budget of one call; 3 s without it. */
  readonly within?: Milliseconds;
}

/** SNS has one certificate for each region, and another while it changes it. */
const certificatesKept = 8;
const longestAnswer = 64 * 1024;

/** What the signature is over, in the order of the developer guide; a field that is not there is left out. */
const signedFields = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const;

/** @see Amazon SNS developer guide, "Verifying the signatures of Amazon SNS messages" */
export function createSnsSignatures({ now, ask = askHttp, within = seconds(3) }: SnsSignatureOptions): SnsSignatures {
  const certificates = new Map<string, Promise<X509Certificate>>();

  const get = (url: URL) => {
    // The query of a confirmation has its token.
    const call = { dependency: 'SNS', attempted: `GET ${url.origin}${url.pathname}`, within };
    return callDependency({ ...call, retry: 'safe' }, async (signal) => {
      const { status, body } = await ask({ method: 'GET', url, signal, maxBytes: longestAnswer });
      if (status >= 200 && status < 300) return body;
      throw status === 429 || status >= 500
        ? unavailable({ ...call, reason: `status ${status}` })
        : refused({ ...call, status, reason: `status ${status}` });
    });
  };
  const certificateAt = (url: URL): Promise<X509Certificate> => {
    const kept = certificates.get(url.href);
    if (kept !== undefined) return kept;
    const fetched = get(url).then((body) => new X509Certificate(body));
    const [oldest] = certificates.keys();
    if (oldest !== undefined && certificates.size >= certificatesKept) certificates.delete(oldest);
    certificates.set(url.href, fetched);
    fetched.catch(() => certificates.delete(url.href));
    return fetched;
  };

  return {
    async refusal(message) {
      const url = certificateUrl(message);
      if (url === null) return `its certificate is not at https://${hostOf(message.TopicArn)}/`;
      let certificate: X509Certificate;
      try {
        certificate = await certificateAt(url);
      } catch (error) {
        if (error instanceof DependencyRefused) return `SNS has no certificate at ${url.href}`;
        throw error;
      }
      const { validFromDate, validToDate, publicKey } = certificate;
      if (now() < validFromDate.getTime() || now() > validToDate.getTime()) return 'its certificate is not valid now';
      const signed = signedFields[message.Type].flatMap((field) => {
        const value = message[field];
        return value == null ? [] : [`${field}\n${value}\n`];
      });
      const isSigned = createVerify('RSA-SHA256')
        .update(signed.join(''))
        .verify(publicKey, message.Signature, 'base64');
      return isSigned ? null : 'its signature is not that of SNS';
    },
    async confirm({ TopicArn, Token = '' }) {
      const url = new URL(`https://${hostOf(TopicArn)}/`);
      url.search = new URLSearchParams({
        Action: 'ConfirmSubscription',
        TopicArn,
        Token,
        Version: '2010-03-31',
      }).toString();
      await get(url);
    },
  };
}

/** The host of SNS in the region of a topic. */
function hostOf(topicArn: string): string {
  const [, partition = '', , region = ''] = topicArn.split(':');
  return `sns.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
}

/** Where the certificate is, if that is where SNS of the topic's region has it: whoever names another place could have signed with anything. */
function certificateUrl({ SigningCertURL, TopicArn }: SnsMessage): URL | null {
  const prefix = `https://${hostOf(TopicArn)}/SimpleNotificationService-`;
  const isTheirs =
    SigningCertURL.startsWith(prefix) && /^[0-9A-Za-z]{1,100}\.pem$/.test(SigningCertURL.slice(prefix.length));
  return isTheirs ? new URL(SigningCertURL) : null;
}
