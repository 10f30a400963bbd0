import { setTimeout as pause } from 'node:timers/promises';
import type { Context, Hono } from 'hono';
import { milliseconds, seconds } from '../../contracts/duration.ts';
import { type SnsMessage, snsMessageSchema } from '../../contracts/events/sns-message.ts';
import { formatInstant, instant } from '../../contracts/instant.ts';
import { oneLine, shortLine } from '../../contracts/one-line.ts';
import { alertsOfTopic } from '../../core/alerts/alerts-of-topic.ts';
import { refuseMessage } from '../../core/alerts/refuse-message.ts';
import { timestamp } from '../../pipeline/operation/operation-context.ts';
import { recordDelivery } from '../../pipeline/operation/record-delivery.ts';
import { refuse, refuseInvalid, refuseTooLarge, refuseUnknown } from '../http/answers.ts';
import { kibibytes, parseJson, readBody } from '../http/read-body.ts';
import type { AlertmanagerWebhookDeps } from './deps.ts';

/** SNS takes messages of 256 KiB; each of their characters may be written as six. */
const longestBody = kibibytes(2_048);
/** SNS hangs up after this and tries again 20 s after that. */
const longestAttempt = seconds(15);
/** Starts are idempotent by their names in any case. */
const claimWithin = milliseconds(300);

type TakeAlerts = (context: Context, deps: AlertmanagerWebhookDeps, document: unknown) => Promise<Response>;

/**
 * `POST /webhooks/sns`: alerts by the topics of `alerts.topics`, judged as Alertmanager's are. SNS repeats a 429 and a 5xx, nothing else.
 */
export function addTopicRoute(app: Hono, deps: AlertmanagerWebhookDeps, takeAlerts: TakeAlerts): void {
  app.post('/webhooks/sns', async (context) => {
    const body = await readBody(context.req.raw, longestBody);
    if (body.kind === 'too-large') return refuseTooLarge(context, longestBody);
    const message = snsMessageSchema.safeParse(parseJson(body.bytes));
    if (!message.success) {
      if (context.req.header('x-amz-sns-rawdelivery') !== 'true') return refuseInvalid(context, message.error);
      const reason = 'Raw message delivery has no signature. Turn it off for this subscription.';
      return refuse(context, 400, { name: 'InvalidInput', message: reason, problems: [] });
    }
    const known = { topics: deps.configuration.alerts.topics, now: deps.now() };
    const refusal = refuseMessage(message.data, known) ?? (await deps.signatures.refusal(message.data));
    if (refusal !== null) {
      // Who sent it learns nothing; who set up the topic finds it in the log.
      const topic = shortLine(message.data.TopicArn, 300);
      deps.log({ level: 'warn', message: `An SNS message was refused: ${oneLine(refusal)}`, topic });
      return refuseUnknown(context);
    }
    if ((await claim(deps, message.data)) === 'taken') {
      return refuse(context, 409, { name: 'WriteConflict', message: 'This message has been taken already.' });
    }
    let answer: Response | undefined;
    try {
      answer = await dealWith(context, deps, { message: message.data, takeAlerts });
      return answer;
    } finally {
      await finish(deps, message.data, answer === undefined || answer.status >= 500 ? 'failed' : 'taken');
    }
  });
}

interface Verified {
  readonly message: SnsMessage;
  readonly takeAlerts: TakeAlerts;
}

async function dealWith(context: Context, deps: AlertmanagerWebhookDeps, verified: Verified): Promise<Response> {
  const { message, takeAlerts } = verified;
  const ignore = async (reason: string, status: 202 | 400) => {
    const delivery = { id: message.MessageId, source: 'alertmanager' as const, service: null, at: timestamp(deps) };
    const told = shortLine(`${message.TopicArn}: ${reason}`, 500);
    await recordDelivery(deps, { ...delivery, accepted: 'ignored', reason: told, started: null });
    return status === 400
      ? refuse(context, 400, {
          name: 'InvalidInput',
          message: `The message is not understood: ${reason}.`,
          problems: [],
        })
      : context.json({ accepted: false, reason }, 202);
  };
  if (message.Type === 'SubscriptionConfirmation') {
    await deps.signatures.confirm(message);
    return ignore('the subscription is confirmed', 202);
  }
  if (message.Type === 'UnsubscribeConfirmation') {
    deps.log({
      level: 'warn',
      message: `Somebody ended the subscription to ${message.TopicArn}: no more alerts come by it.`,
    });
    return ignore('the subscription was ended; no more alerts come by this topic', 202);
  }
  const alerts = alertsOfTopic(message.Message, message.Timestamp);
  if (alerts.kind === 'group') return takeAlerts(context, deps, alerts.document);
  return ignore(alerts.reason, alerts.kind === 'nothing' ? 202 : 400);
}

/** Whether the message is new. A database that does not say keeps no alert from being judged. */
async function claim(deps: AlertmanagerWebhookDeps, { MessageId }: SnsMessage): Promise<'claimed' | 'taken'> {
  const now = deps.now();
  const times = { at: formatInstant(now), attemptsSince: formatInstant(instant(now - longestAttempt)) };
  const ended = new AbortController();
  try {
    return await Promise.race([
      deps.store.messages.claim(MessageId, times),
      pause(deps.claimWithin ?? claimWithin, 'claimed' as const, { signal: ended.signal }),
    ]);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    deps.log({ level: 'warn', message: `Sluice does not know whether message ${MessageId} is a replay: ${cause}` });
    return 'claimed';
  } finally {
    ended.abort();
  }
}

async function finish(
  deps: AlertmanagerWebhookDeps,
  { MessageId }: SnsMessage,
  outcome: 'taken' | 'failed',
): Promise<void> {
  try {
    await deps.store.messages.finish(MessageId, { at: timestamp(deps), outcome });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    deps.log({ level: 'warn', message: `Message ${MessageId} could not be recorded as ${outcome}: ${cause}` });
  }
}
