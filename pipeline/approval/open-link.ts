import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { parseInstant } from '../../contracts/instant.ts';
import type { ApprovalRecord } from '../../contracts/records/approval.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ClickableApproval } from '../../core/approvals/decide-click.ts';
import { personByMail } from '../../core/approvals/people.ts';
import type { ApprovalsDeps } from '../ports.ts';
import { approvalStateOf, mayDecide } from './approval-state.ts';
import { hashToken, looksLikeToken } from './link-token.ts';

/** What a link leads to. */
export interface OpenedLink {
  /** Of the link's token. */
  readonly hash: string;
  readonly approver: string;
  readonly approval: ApprovalRecord;
  readonly operation: OperationRecord;
  readonly service: ServiceConfiguration;
}

/** Null when nobody knows such a link, or what it was for is gone. */
export async function openLink(deps: ApprovalsDeps, token: string): Promise<OpenedLink | null> {
  if (!looksLikeToken(token)) return null;
  const hash = hashToken(token);
  const link = await deps.store.approvals.findLink(hash);
  if (link === null) return null;
  const [approval, operation] = await Promise.all([
    deps.store.approvals.read(link.operation),
    deps.store.operations.read(link.operation),
  ]);
  const service = deps.configuration.services.find(({ name }) => name === approval?.service);
  if (approval === null || operation === null || service === undefined) return null;
  return { hash, approver: link.approver, approval, operation, service };
}

/** An approval as core's `decideClick` asks for it. `approval` may be newer than the opened one. */
export function clickable(deps: ApprovalsDeps, opened: OpenedLink, approval: ApprovalRecord): ClickableApproval {
  return {
    version: approval.version,
    subject: approval.subject,
    expiresAt: parseInstant(approval.expiresAt),
    ended: endingOf(deps, opened, approval),
    links: approval.links.map(({ hash, approver, subject }) => {
      // A person with two mails has two links, but one decision.
      return {
        tokenHash: hash,
        approver,
        subject,
        decision: decisionOf(deps.configuration, approval, approver),
        mayDecide: mayDecide(deps.configuration, approval, approver),
      };
    }),
  };
}

/** What a person has decided, by whichever of their addresses: the first decision, with the best proof of it. */
export function decisionOf({ people }: Configuration, approval: ApprovalRecord, approver: string) {
  const keyOf = (mail: string) => personByMail(people, mail)?.mail ?? mail;
  const made = approval.decisions.filter((decision) => keyOf(decision.approver) === keyOf(approver));
  const [first] = made;
  if (first === undefined) return null;
  const isSignedIn = made.some(({ via, decision }) => via === 'signed-in' && decision === first.decision);
  return {
    decision: first.decision,
    at: parseInstant(first.at),
    proof: isSignedIn ? ('signed-in' as const) : ('link' as const),
  };
}

function endingOf(deps: ApprovalsDeps, { operation }: OpenedLink, approval: ApprovalRecord) {
  const standing = approvalStateOf(deps.configuration, approval, deps.now());
  switch (standing.kind) {
    case 'approved':
    case 'rejected':
    case 'expired':
    case 'unfillable':
      return { kind: standing.kind };
    case 'superseded':
      return { kind: 'superseded' as const, by: standing.by };
    case 'pending':
      return operation.outcome === null && operation.abort === null ? null : { kind: 'aborted' as const };
  }
}
