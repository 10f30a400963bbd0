import { createHash, createHmac } from 'node:crypto';
import type { Instant } from '../../contracts/instant.ts';
import type { Page } from './pager.ts';

/** A page as it is posted. */
export interface WrittenPage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Writes a page for a receiver. */
export type PageFormat = (page: Page, webhook: string | null, secret: string | null, now: Instant) => WrittenPage;

/**
 * `{subject, text, key}`. With a secret it is signed: `x-sluice-signature` is `sha256=` and the HMAC-SHA256, in hex, of the value of `x-sluice-timestamp` (seconds since
 * 1970), a dot and the body. A receiver that compares the time with its own refuses what is sent again later.
 */
const generic: PageFormat = ({ subject, text, key }, webhook, secret, now) => {
  const body = JSON.stringify({ subject, text, ...(key === undefined ? {} : { key }) });
  const timestamp = String(Math.floor(now / 1_000));
  return {
    url: webhook ?? '',
    headers:
      secret === null
        ? {}
        : {
            'x-sluice-timestamp': timestamp,
            'x-sluice-signature': `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
          },
    body,
  };
};

/** An event of PagerDuty's Events API v2 that opens an incident, or adds to the open one with its key. @see https://developer.pagerduty.com/docs/send-alert-event */
const pagerduty: PageFormat = ({ subject, text, key }, webhook, secret) => ({
  url: webhook ?? '',
  headers: {},
  body: JSON.stringify({
    routing_key: secret,
    event_action: 'trigger',
    ...(key === undefined ? {} : { dedup_key: atMost(255, key) }),
    client: 'Sluice',
    payload: {
      summary: cut(1_024, subject),
      source: 'sluice',
      severity: 'critical',
      custom_details: { text: cut(60_000, text) },
    },
  }),
});

/** A message to an incoming webhook. Slack reads three characters as its markup. @see https://docs.slack.dev/messaging/formatting-message-text */
const slack: PageFormat = ({ subject, text }, webhook, secret) => ({
  url: webhook ?? secret ?? '',
  headers: {},
  // Slack cuts messages at 40,000 characters, escaped ones counting in full.
  body: JSON.stringify({ text: cut(39_000, `*${escaped(subject).replaceAll('*', '')}*\n${escaped(text)}`) }),
});

export const pageFormatters = { generic, pagerduty, slack } as const;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const cut = (most: number, text: string): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** A key stays one of its own when it is too long. */
const atMost = (most: number, key: string): string =>
  key.length <= most ? key : createHash('sha256').update(key).digest('hex');
