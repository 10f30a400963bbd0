import { html } from 'hono/html';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { ApprovalRecord } from '../../contracts/records/approval.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { timeWords } from '../../contracts/words.ts';
import { factLines, mailDocument } from '../notice/mail-document.ts';
import { audited, sluice } from '../operation/audited.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { NotifyDeps } from '../ports.ts';
import { approvalProgress, describeMissing } from './approval-progress.ts';
import { approvalStateOf } from './approval-state.ts';
import { readSummary } from './deployment-summary.ts';
import { sendLinks } from './send-links.ts';

/** Reminds those whose approval is still wanted, `approvals.remind` after the last time, and escalates once (DESIGN §5, approvals). */
export async function remindApprovers(deps: NotifyDeps, execution: Execution): Promise<ResultOf<'remind-approvers'>> {
  const { operation, service } = await loadOperation(deps, execution);
  const approval = await deps.store.approvals.read(operation.id);
  if (approval === null || operation.outcome !== null || operation.abort !== null) {
    return { outcome: 'not-pending' };
  }
  const state = approvalStateOf(deps.configuration, approval, deps.now());
  if (state.kind !== 'pending') return { outcome: 'not-pending' };
  await escalateIfDue(deps, operation, service, approval);
  const since = deps.now() - service.approvals.remind;
  if (Date.parse(approval.remindedAt ?? approval.requestedAt) > since) return { outcome: 'not-due' };

  const wanted = new Set(state.missing.flatMap(({ from }) => from));
  // A round that broke off is taken up again: whoever had a mail in it gets no second one.
  const fresh = new Set(
    approval.links
      .filter(({ sentAt }) => sentAt !== null && Date.parse(sentAt) > since)
      .map(({ approver }) => approver),
  );
  const approvers = [...wanted].filter((approver) => !fresh.has(approver));
  await sendLinks(deps, { operation, service, approval, approvers, occasion: 'reminder' });
  const remindedAt = timestamp(deps);
  await deps.store.approvals.change(operation.id, (record) => ({ ...record, remindedAt }));
  return { outcome: 'reminded' };
}

/** Tells those whom `approvals.escalate` names, without a link: they are not approvers. */
async function escalateIfDue(
  deps: NotifyDeps,
  operation: OperationRecord,
  service: ServiceConfiguration,
  approval: ApprovalRecord,
): Promise<void> {
  const { escalate } = service.approvals;
  if (escalate === null || approval.escalatedAt !== null) return;
  if (Date.parse(approval.requestedAt) + escalate.after > deps.now()) return;
  const summary = await readSummary(deps.store, operation, service);
  const progress = approvalProgress(deps.configuration, approval, deps.now());
  const subject = `Approval overdue: ${summary.service} ${summary.version}`;
  const missing = describeMissing(progress).map((value) => ({ name: 'Still needed', value }));
  const facts = [...missing, { name: 'Expires', value: timeWords(approval.expiresAt) }];
  const lead = `${summary.title} has waited for approvals since ${timeWords(approval.requestedAt)}.`;
  await audited(
    deps,
    { operation: operation.id, action: 'escalate-approval', actor: sluice, wanted: { to: escalate.to } },
    () =>
      deps.mailer.send({
        from: deps.configuration.mail.from,
        to: escalate.to,
        subject,
        text: [lead, '', factLines(facts), '', factLines(summary.facts)].join('\n'),
        html: mailDocument({
          title: subject,
          lead: html`<p>${lead}</p>`,
          sections: [{ facts }, { facts: summary.facts }],
        }),
        thread: [operation.id],
        tags: { operation: operation.id, kind: 'escalation' },
      }),
  );
  const escalatedAt = timestamp(deps);
  await deps.store.approvals.change(operation.id, (record) => ({ ...record, escalatedAt }));
}
