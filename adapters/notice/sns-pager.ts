import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { seconds } from '../../contracts/duration.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import { type AwsOptions, awsClientConfig, callAws } from '../shared/aws.ts';
import type { Pager } from './pager.ts';

/** The region is the topic's own. */
export interface SnsPagerOptions extends Omit<AwsOptions, 'region'> {
  readonly topicArn: string;
}

/** SNS wants fewer than 100 characters in a subject, all of them ASCII and on one line. */
const longestSubject = 99;
/** Well below SNS's 256 KiB. */
const longestMessage = 60_000;

/** A page to an SNS topic. @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export function createSnsPager(options: SnsPagerOptions): Pager {
  const { topicArn } = options;
  const [, , service, region] = topicArn.split(':');
  if (service !== 'sns' || !region) throw new InvalidInput(`not the ARN of an SNS topic: ${topicArn}`);
  const client = new SNSClient(awsClientConfig({ ...options, region }));
  return {
    page: ({ subject, text }, asked = {}) => {
      const call = {
        dependency: 'SNS',
        attempted: `Publish to ${topicArn}`,
        within: options.within ?? seconds(5),
        ...asked,
      };
      return callAws({ ...call, retry: 'never' }, async (abortSignal) => {
        const Message = text.slice(0, longestMessage);
        await client.send(new PublishCommand({ TopicArn: topicArn, Subject: asciiLine(subject), Message }), {
          abortSignal,
        });
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
