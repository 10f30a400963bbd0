import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { isRetryable } from '../../contracts/errors.ts';
import type { ApprovalLink, ApprovalRecord } from '../../contracts/records/approval.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { contactFacts } from '../notice/contacts-of.ts';
import { occasionOf } from '../notice/occasion-of.ts';
import { linksOf } from '../notice/service-links.ts';
import { audited, sluice } from '../operation/audited.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { NotifyDeps } from '../ports.ts';
import { approvalMail } from './approval-mail.ts';
import { approvalProgress } from './approval-progress.ts';
import { readSummary } from './deployment-summary.ts';
import { hashToken } from './link-token.ts';
import { timeZoneOf } from './reader.ts';
import { readSubjectFacts } from './subject-facts.ts';
import { windowFacts } from './window-facts.ts';

export interface LinksToSend {
  readonly operation: OperationRecord;
  readonly service: ServiceConfiguration;
  readonly approval: ApprovalRecord;
  readonly approvers: readonly string[];
  readonly occasion: 'request' | 'reminder';
}

interface Sent {
  readonly approver: string;
  readonly mail: 'sent' | 'rejected' | 'failed';
  readonly reason?: string;
}

/**
 * Sends each approver a mail with a link of their own. What one mail meets stops no other; afterwards a passing fault is thrown,
 * so that the state is retried, and then only those are written to whose mail has not left.
 */
export async function sendLinks(deps: NotifyDeps, links: LinksToSend): Promise<void> {
  const { operation, approvers, occasion } = links;
  if (approvers.length === 0) return;
  const faults: unknown[] = [];
  const action = occasion === 'request' ? 'request-approval' : 'remind-approvers';
  await audited(deps, { operation: operation.id, action, actor: sluice, wanted: { approvers } }, async () => {
    const summary = await readSummary(deps.store, operation, links.service);
    const progress = approvalProgress(deps.configuration, links.approval, deps.now());
    const subject = await readSubjectFacts(deps.store, links.approval, links.service);
    const help = [
      ...linksOf(deps.configuration, links.service, occasionOf(operation)),
      ...contactFacts(deps.configuration, links.service),
    ];
    const results: Sent[] = [];
    for (const approver of approvers) {
      try {
        const link = await newLink(deps, links.approval, approver);
        const timeZone = timeZoneOf(deps.configuration, approver);
        const reader = { timeZone, now: deps.now(), reads: 'later' } as const;
        const outcome = await deps.mailer.send({
          from: deps.configuration.mail.from,
          to: [approver],
          ...approvalMail({
            ...{ summary, subject, progress, approver, occasion, help, link: link.url },
            asked: links.approval.asked,
            window: windowFacts(operation, links.service, reader),
            reader,
          }),
          thread: [operation.id],
          tags: { operation: operation.id, kind: occasion },
        });
        if (outcome.kind === 'sent') await markSent(deps, operation.id, link.hash);
        results.push({
          approver,
          mail: outcome.kind,
          ...(outcome.kind === 'rejected' ? { reason: outcome.reason } : {}),
        });
      } catch (error) {
        faults.push(error);
        results.push({ approver, mail: 'failed', reason: error instanceof Error ? error.message : String(error) });
      }
    }
    return results;
  });
  const passing = faults.find(isRetryable) ?? faults[0];
  if (passing !== undefined) throw passing;
}

/** A link is known to the store before its mail leaves, and only by the hash of its token. */
async function newLink(
  deps: NotifyDeps,
  { operation, expiresAt, subject }: ApprovalRecord,
  approver: string,
): Promise<{ url: string; hash: string }> {
  const token = deps.newToken();
  const hash = hashToken(token);
  await deps.store.approvals.putLink(hash, { operation, approver }, expiresAt);
  const link: ApprovalLink = { hash, approver, sentAt: null, subject };
  await deps.store.approvals.change(operation, (record) => ({ ...record, links: [...record.links, link] }));
  return { url: `${deps.configuration.urls.approvals}/approvals/${token}`, hash };
}

async function markSent(deps: NotifyDeps, operation: string, hash: string): Promise<void> {
  const sentAt = timestamp(deps);
  await deps.store.approvals.change(operation, (record) => ({
    ...record,
    links: record.links.map((link) => (link.hash === hash ? { ...link, sentAt } : link)),
  }));
}
