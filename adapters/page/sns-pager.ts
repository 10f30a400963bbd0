import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import type { AwsCredentials } from '../shared/aws.ts';
import { callNeighbour } from '../shared/call-neighbour.ts';
import { askHttp } from '../shared/http.ts';
import { refused, unavailable } from '../shared/neighbour-errors.ts';
import type { Pager } from './pager.ts';

export interface SnsPagerOptions {
  readonly topicArn: string;
  /** Another address of the same protocol; AWS's own without it. */
  readonly endpoint?: string;
  /** A key or a function that gives one; the client library's default chain without it. */
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>);
  /** 5 s without it. */
  readonly within?: Milliseconds;
}

/** SNS refuses longer subjects, and anything but one line of ASCII in them. */
const longestSubject = 100;
/** Well below SNS's 256 KiB. */
const longestMessage = 60_000;

/** A page to an SNS topic: one signed `Publish` of its query protocol, which needs no client library of its own. */
export function createSnsPager(options: SnsPagerOptions): Pager {
  const { topicArn, credentials = defaultProvider() } = options;
  const [, partition, service, region] = topicArn.split(':');
  if (service !== 'sns' || !region) throw new InvalidInput(`not the ARN of an SNS topic: ${topicArn}`);
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const endpoint = new URL(options.endpoint ?? `https://sns.${region}.${suffix}`);
  const signer = new SignatureV4({ service: 'sns', region, credentials, sha256: Sha256 });

  return {
    page: ({ subject, text }, asked = {}) => {
      const attempted = `Publish to ${topicArn}`;
      const call = { neighbour: 'SNS', attempted, within: options.within ?? seconds(5), ...asked };
      return callNeighbour({ ...call, kind: 'write' }, async (signal) => {
        const body = new URLSearchParams({
          Action: 'Publish',
          Version: '2010-03-31',
          TopicArn: topicArn,
          Subject: asciiLine(subject),
          Message: text.slice(0, longestMessage),
        }).toString();
        const signed = await signer.sign({
          method: 'POST',
          protocol: endpoint.protocol,
          hostname: endpoint.hostname,
          path: '/',
          query: {},
          headers: { host: endpoint.host, 'content-type': 'application/x-www-form-urlencoded' },
          body,
        });
        const url = new URL('/', endpoint).href;
        const answer = await askHttp({ method: 'POST', url, signal, headers: signed.headers, body });
        const { status } = answer;
        if (status === 200) return;
        // <ErrorResponse><Error><Code>…</Code><Message>…</Message></Error></ErrorResponse>
        const xml = answer.body.toString('utf8');
        const [, code = 'no code'] = /<Code>([^<]*)/.exec(xml) ?? [];
        const reason = `${status} ${code}: ${/<Message>([^<]*)/.exec(xml)?.[1] ?? ''}`;
        throw status === 429 || status >= 500 || /^Thrott/.test(code)
          ? unavailable({ ...call, reason })
          : refused({ ...call, status, reason });
      });
    },
  };
}

const asciiLine = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, longestSubject) || 'Sluice';
