import { hours, type Milliseconds, minutes } from '../../contracts/duration.ts';
import type { SnsMessage } from '../../contracts/events/sns-message.ts';
import { type Instant, parseInstant } from '../../contracts/instant.ts';

/** SNS gives up on an HTTPS subscription after 3,600 s, whatever its delivery policy says. */
const retriedFor = hours(1);
const clocksMayDiffer = minutes(5);

/**
 * Why a message is none of ours, before its signature is looked at; null: it may be. Anybody can have SNS sign a message: of a topic of their
 * own.
 */
export function refuseMessage(
  { TopicArn, Timestamp, SignatureVersion }: Pick<SnsMessage, 'TopicArn' | 'Timestamp' | 'SignatureVersion'>,
  { topics, now }: { readonly topics: readonly string[]; readonly now: Instant },
): string | null {
  if (!topics.includes(TopicArn)) return 'its topic is not one of alerts.topics';
  if (SignatureVersion !== '2') {
    return `it has signature version ${SignatureVersion}; set SignatureVersion of the topic to 2 (SHA-256)`;
  }
  // A difference of two instants is a duration.
  const age = (now - parseInstant(Timestamp)) as Milliseconds;
  if (age > retriedFor + clocksMayDiffer) return 'it is older than the last retry of SNS: a replay';
  return age < -clocksMayDiffer ? 'its time is in the future' : null;
}
