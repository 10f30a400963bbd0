import { createHash, createHmac } from 'node:crypto';
import type { Instant } from '../../contracts/instant.ts';
import type { Page, PageParts } from './pager.ts';

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

/**
 * A request of Opsgenie's Alert API v2 that creates an alert, or counts once more the open one with its alias. The integration's rules say who is called.
 * Opsgenie may show texts as HTML.
 * @see https://docs.opsgenie.com/docs/alert-api and, for the limits, https://docs.opsgenie.com/docs/alerts-and-alert-fields
 */
const opsgenie: PageFormat = ({ subject, text, key, parts }, webhook, secret) => ({
  url: webhook ?? '',
  headers: { authorization: `GenieKey ${(secret ?? '').trim()}` },
  body: JSON.stringify({
    message: cut(130, withoutTags(subject)),
    ...(key === undefined ? {} : { alias: atMost(512, key) }),
    description: cut(15_000, withoutTags(text)),
    priority: 'P1',
    source: 'Sluice',
    tags: ['sluice'],
    ...(parts === undefined ? {} : { details: opsgenieDetails(parts) }),
  }),
});

/** 8,000 characters in all; the first facts tell most. */
function opsgenieDetails({ facts }: PageParts): Readonly<Record<string, string>> {
  const details: Record<string, string> = {};
  let left = 8_000;
  for (const { name, value, url } of facts) {
    const shown = [cut(200, withoutTags(name)), cut(1_000, withoutTags(url ?? value))] as const;
    left -= shown[0].length + shown[1].length;
    if (left < 0) break;
    details[shown[0]] = shown[1];
  }
  return details;
}

/** A `<` that would begin a tag, as another character that looks like it. */
const withoutTags = (text: string): string => text.replace(/<(?=[a-z/!?])/gi, '‹');

/**
 * A message to an incoming webhook, laid out by Block Kit; `text` is what a notification shows. Slack reads three characters as its markup.
 * @see https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/messaging/formatting-message-text
 */
const slack: PageFormat = ({ subject, text, parts }, webhook, secret) => ({
  url: webhook ?? secret ?? '',
  headers: {},
  body: JSON.stringify(
    parts === undefined
      ? { text: whole(subject, text) }
      : {
          text: cut(3_000, escaped(subject).replaceAll('*', '')),
          blocks: slackBlocks(subject, parts),
          unfurl_links: false,
        },
  ),
});

// Slack cuts messages at 40,000 characters, escaped ones counting in full.
const whole = (subject: string, text: string): string =>
  cut(39_000, `*${escaped(subject).replaceAll('*', '')}*\n${escaped(text)}`);

/**
 * Slack's limits: 150 characters of a header, 3,000 of a section, 50 blocks, and about 13,000 of JSON in all, which no page of its documentation
 * says. What is beyond one of them refuses the whole message. @see https://github.com/slackapi/bolt-js/issues/2509
 */
const most = { header: 150, section: 3_000, blocks: 50, json: 12_000 } as const;

function slackBlocks(subject: string, { paragraphs, steps, facts }: PageParts): readonly object[] {
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
  const lines = facts.map(({ name, value, url }) => {
    const shown = url === undefined ? slackText(value, 1_000) : slackLink(url, name);
    return url === undefined ? `*${slackText(name, 200)}:* ${shown}` : shown;
  });
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: cut(most.header, subject), emoji: false } },
    ...paragraphs
      .filter((text) => text !== '')
      .map((text) => ({ type: 'section', text: { type: 'plain_text', text: cut(most.section, text), emoji: false } })),
    ...(steps.length === 0 ? [] : [{ type: 'divider' }]),
    ...steps.map(({ what, command }) => section(`${slackText(what, 1_000)}\n\`\`\`${slackText(command, 1_500)}\`\`\``)),
    ...(lines.length === 0 ? [] : [{ type: 'divider' }, ...packed(lines).map(section)]),
  ].slice(0, most.blocks);
  // The facts come last: they go first where there is too much.
  while (JSON.stringify(blocks).length > most.json) blocks.pop();
  return blocks;
}

/** Lines in as few texts as hold them. */
function packed(lines: readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const joined = `${texts.at(-1) ?? ''}\n${line}`;
    if (texts.length === 0 || joined.length > most.section) texts.push(line);
    else texts[texts.length - 1] = joined;
  }
  return texts;
}

/** Cut before it is escaped, so that no escape is cut in two: it is longer afterwards by at most four characters each. */
function slackText(text: string, longest: number): string {
  // At once to where it may be, since a page has five seconds in all and its texts may be long.
  let kept = cut(longest, text);
  while (escaped(kept).length > longest)
    kept = cut(kept.length - Math.ceil((escaped(kept).length - longest) / 5), kept);
  return escaped(kept);
}

/** An address that has `|` or `>` in it would end its link. */
const slackLink = (url: string, name: string): string =>
  `<${url.slice(0, 2_000).replaceAll('|', '%7C').replaceAll('>', '%3E').replaceAll('<', '%3C').replaceAll('&', '&amp;')}|${slackText(name, 200).replaceAll('|', '/')}>`;

export const pageFormatters = { generic, pagerduty, opsgenie, slack } as const;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const cut = (most: number, text: string): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;

/** A key stays one of its own when it is too long. */
const atMost = (most: number, key: string): string =>
  key.length <= most ? key : createHash('sha256').update(key).digest('hex');
