import { html } from 'hono/html';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { oneLine } from '../../contracts/one-line.ts';
import type { Fact } from '../approval/deployment-summary.ts';
import type { PagingDeps } from '../ports.ts';
import { factLines, mailDocument } from './mail-document.ts';
import type { OnCallSteps } from './on-call-steps.ts';

/** What the on-call reads: why, how things stand, and what may be typed. */
export interface PageText extends OnCallSteps {
  readonly subject: string;
  readonly reason: string;
  readonly facts: readonly Fact[];
  /** The same for pages about the same thing. */
  readonly key: string;
  /** What the mail is about, for whoever follows up on one that bounced. */
  readonly about: string;
}

/** Every way by which a service's on-call is woken, by its name, and a mail to who is written to about deployments. */
export function pageChannels(
  { configuration, mailer, pagers }: Pick<PagingDeps, 'configuration' | 'mailer' | 'pagers'>,
  service: ServiceConfiguration,
  { subject, reason, standing, steps, facts, key, about }: PageText,
  mailed: 'with-mail' | 'without-mail' = 'with-mail',
): ReadonlyMap<string, () => Promise<unknown>> {
  const commands = steps.map(({ what, command }) => `${what}: ${command}`);
  const lines = [reason, '', standing, '', ...commands, ''].map(oneLine);
  const text = [...lines, factLines(facts)].join('\n');
  const channels = new Map<string, () => Promise<unknown>>();
  const parts = {
    paragraphs: [reason, standing].map(oneLine),
    steps: steps.map(({ what, command }) => ({ what: oneLine(what), command: oneLine(command) })),
    facts: facts.map((fact) => ({ ...fact, name: oneLine(fact.name), value: oneLine(fact.value) })),
  };
  for (const [channel, pager] of pagers(service))
    channels.set(channel, () => pager.page({ subject, text, key, parts }));
  const to = service.notify.deployments;
  if (to.length > 0 && mailed === 'with-mail') {
    const document = mailDocument({
      title: subject,
      lead: html`<p>${reason}</p><p>${standing}</p><ul>${steps.map(({ what, command }) => html`<li>${what}: <code>${command}</code></li>`)}</ul>`,
      sections: [{ facts }],
    });
    const mail = { from: configuration.mail.from, to, subject: `[page] ${subject}`, text, html: document };
    channels.set('mail', () => mailer.send({ ...mail, thread: [about], tags: { operation: about, kind: 'page' } }));
  }
  return channels;
}
