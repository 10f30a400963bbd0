import { html } from 'hono/html';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Instant } from '../../contracts/instant.ts';
import { audited, sluice } from '../operation/audited.ts';
import { closeIntents } from '../operation/close-intents.ts';
import { doneBefore } from '../operation/done-before.ts';
import type { PagingDeps } from '../ports.ts';
import { factLines, mailDocument } from './mail-document.ts';
import { linksOf } from './service-links.ts';

/** What the on-call has to know. */
export interface OnCallNews {
  /** Of the operation that this is about; it is paged about once, and once more for every later pause. */
  readonly operation: string;
  /** Since when it is paused; null when it is not. */
  readonly pausedAt?: Instant | null;
  readonly kind: 'frozen' | 'needs-a-person';
  readonly reason: string;
}

/**
 * Wakes the on-call through every channel and writes a mail as well, each once per operation. One channel's failure keeps no
 * other one from being used; it is thrown at the end, so that the caller is retried, and then only what failed is repeated.
 */
export async function pageOnCall(
  deps: PagingDeps,
  service: ServiceConfiguration,
  news: OnCallNews,
): Promise<'paged' | 'paged-before'> {
  const { operation, kind, reason, pausedAt = null } = news;
  const subject =
    kind === 'frozen' ? `${service.name} is frozen: a person has to act` : `${service.name}: a person has to look`;
  const facts = [
    { name: 'Service', value: service.name },
    { name: 'Reason', value: reason },
    { name: 'Operation', value: operation },
    { name: 'Console', value: deps.configuration.urls.console, url: deps.configuration.urls.console },
    ...linksOf(service),
  ];
  const advice =
    kind === 'frozen'
      ? `Nothing changes on this service until a person releases it. Look at the traffic first: "sluice break-glass" prints the one patch that returns it. Once a side is well and has the traffic: "sluice unfreeze --service ${service.name} --reason …".`
      : 'Sluice did not decide this by itself. Look at both sides, then "sluice resume", "sluice abort" or "sluice rollback --emergency". At the deadline of the pause the service freezes, or the traffic goes back.';
  const text = [reason, '', advice, '', factLines(facts)].join('\n');

  const channels = new Map<string, () => Promise<unknown>>();
  for (const [channel, pager] of deps.pagers(service)) {
    channels.set(channel, () =>
      pager.page({
        subject,
        text,
        key: `sluice-${service.name}-${operation}${pausedAt === null ? '' : `-${pausedAt}`}`,
      }),
    );
  }
  const to = service.notify.deployments;
  if (to.length > 0) {
    const document = mailDocument({
      title: subject,
      lead: html`<p>${reason}</p><p>${advice}</p>`,
      sections: [{ facts }],
    });
    const mail = { from: deps.configuration.mail.from, to, subject: `[page] ${subject}`, text, html: document };
    channels.set('mail', () => deps.mailer.send({ ...mail, tags: { operation, kind: 'page' } }));
  }

  const failures: unknown[] = [];
  let used = 0;
  for (const [channel, page] of channels) {
    const action = `page-${channel}`;
    if (await doneBefore(deps.store, operation, action, pausedAt)) continue;
    used += 1;
    await audited(deps, { operation, action, actor: sluice, reason, wanted: { subject } }, async () => {
      await page();
      return 'sent';
    }).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
  // An operation that has ended has nobody else to give a result to the intent of a page that died on its way (I9).
  await closeIntents(
    deps,
    operation,
    [...channels.keys()].map((channel) => `page-${channel}`),
  );
  return used > 0 ? 'paged' : 'paged-before';
}
