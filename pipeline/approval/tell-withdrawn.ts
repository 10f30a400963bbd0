import { html } from 'hono/html';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { ApprovalRecord } from '../../contracts/records/approval.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { clause } from '../../contracts/words.ts';
import { personByMail } from '../../core/approvals/people.ts';
import { factLines, mailDocument } from '../notice/mail-document.ts';
import { occasionOf } from '../notice/occasion-of.ts';
import { linksOf } from '../notice/service-links.ts';
import { recentOf, servingNow } from '../notice/serving.ts';
import { audited, sluice } from '../operation/audited.ts';
import { closeIntents } from '../operation/close-intents.ts';
import { doneBefore } from '../operation/done-before.ts';
import type { NotifyDeps } from '../ports.ts';
import { approvalStateOf, currentDecisions } from './approval-state.ts';
import type { Fact } from './deployment-summary.ts';

const action = 'tell-withdrawn';

/**
 * Tells those who were asked for an approval and have not decided that nobody needs it any more, once the operation has ended without it:
 * a newer release, an abort, a rejection by somebody else, the end of its time. Told once; whoever completed the approval needs no such mail.
 */
export async function tellWithdrawn(
  deps: NotifyDeps,
  operation: OperationRecord,
  service: ServiceConfiguration,
): Promise<'told' | 'told-before' | 'nobody'> {
  if (operation.outcome === null) return 'nobody';
  const approval = await deps.store.approvals.read(operation.id);
  const to = approval === null ? [] : stillAsked(deps, approval);
  if (to.length === 0) return 'nobody';
  if (await doneBefore(deps.store, operation.id, action)) {
    await closeIntents(deps, operation.id, [action]);
    return 'told-before';
  }
  const mail = await compose(deps, operation, service);
  await audited(deps, { operation: operation.id, action, actor: sluice, wanted: { to } }, () =>
    deps.mailer.send({
      ...{ from: deps.configuration.mail.from, to, ...mail },
      thread: [operation.id],
      tags: { operation: operation.id, kind: 'withdrawn' },
    }),
  );
  await closeIntents(deps, operation.id, [action]);
  return 'told';
}

/** Whose mail has left, and who has not decided on what there was to decide on last. Nobody once it was complete. */
function stillAsked(deps: NotifyDeps, approval: ApprovalRecord): string[] {
  if (approvalStateOf(deps.configuration, approval, deps.now()).kind === 'approved') return [];
  const { people } = deps.configuration;
  const personOf = (mail: string) => personByMail(people, mail)?.mail ?? mail;
  const decided = new Set(currentDecisions(approval).map(({ approver }) => personOf(approver)));
  const asked = approval.links.filter(({ sentAt }) => sentAt !== null).map(({ approver }) => personOf(approver));
  return [...new Set(asked)].filter((person) => !decided.has(person));
}

async function compose(deps: NotifyDeps, operation: OperationRecord, service: ServiceConfiguration) {
  const version = operation.release === null ? '' : ` ${operation.release.version}`;
  const title = `Approval no longer needed: ${service.name}${version}`;
  const lead = 'You have nothing to decide any more. The link in the earlier mail can no longer be used to decide.';
  const facts: Fact[] = [
    {
      name: 'Why',
      value: `it ended as ${operation.outcome}${operation.reason === null ? '' : `: ${clause(operation.reason)}`}`,
    },
    ...servingNow(await recentOf(deps.store, operation, null)),
    { name: 'Operation', value: operation.id },
    ...linksOf(deps.configuration, service, occasionOf(operation)),
  ];
  return {
    subject: title,
    text: [`${title}.`, '', lead, '', factLines(facts)].join('\n'),
    html: mailDocument({ title, lead: html`<p>${lead}</p>`, sections: [{ facts }] }),
  };
}
