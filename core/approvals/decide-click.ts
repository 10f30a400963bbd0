import type { Instant } from '../../contracts/instant.ts';

/** One approver's link, as stored: the token itself is not. */
export interface ApprovalLink {
  /** SHA-256 of the token, in hexadecimal. */
  readonly tokenHash: string;
  /** Mail address to which the link went. */
  readonly approver: string;
  /** Hash of the subject for which the link was sent; null as long as there was none. */
  readonly subject: string | null;
  readonly decision: {
    readonly decision: 'approve' | 'reject';
    readonly at: Instant;
    readonly proof: 'link' | 'signed-in';
  } | null;
  /** Whether the configuration, as it is now, still lets the approver decide on this. */
  readonly mayDecide: boolean;
}

/** What a click can be about. */
export interface ClickableApproval {
  readonly version: string;
  /** Hash of what there is to decide on now. */
  readonly subject: string | null;
  readonly expiresAt: Instant;
  readonly links: readonly ApprovalLink[];
  /** How the approval ended before this click; null while it is open. */
  readonly ended:
    | { readonly kind: 'approved' }
    | { readonly kind: 'rejected' }
    | { readonly kind: 'expired' }
    | { readonly kind: 'aborted' }
    | { readonly kind: 'unfillable' }
    | { readonly kind: 'superseded'; readonly by: string }
    | null;
}

export interface Click {
  /** Null when no approval with this token was found. */
  readonly approval: ClickableApproval | null;
  readonly tokenHash: string;
  readonly typedVersion: string;
  readonly decision: 'approve' | 'reject';
  readonly reason: string;
  /** How the approver is known this time. */
  readonly proof: 'link' | 'signed-in';
  readonly now: Instant;
}

export type ClickDecision =
  | { kind: 'accepted'; approver: string; decision: 'approve' | 'reject'; reason: string | null }
  /** `same`: drive the completion of that decision again (rule 5). `other`: the first decision stands. */
  | { kind: 'already-decided'; which: 'same' | 'other'; approver: string }
  | { kind: 'superseded'; by: string }
  | { kind: 'expired' }
  /** Others completed, rejected or aborted it before this click. */
  | { kind: 'closed'; as: 'approved' | 'rejected' | 'aborted' | 'unfillable' }
  /** The person is no longer an approver, since the configuration has changed. */
  | { kind: 'not-approver'; approver: string }
  /** What the link was about is not what there is to decide on any more: a new mail is on its way. */
  | { kind: 'subject-changed' }
  | { kind: 'wrong-version' }
  | { kind: 'reason-missing' }
  | { kind: 'unknown' };

/**
 * Decides what a click on a link does. A link is used once; repeating its decision has no second effect (I10). Whatever ended
 * the approval meanwhile is said before anything is asked of the approver, and typing the version is what a mail scanner that
 * submits forms cannot do. An approval by link is raised by the same approval made once more, signed in.
 */
export function decideClick({ approval, tokenHash, typedVersion, decision, reason, proof, now }: Click): ClickDecision {
  const link = approval?.links.find((one) => one.tokenHash === tokenHash);
  if (!approval || !link) return { kind: 'unknown' };
  const { approver } = link;
  const raises = decision === 'approve' && proof === 'signed-in' && link.decision?.proof === 'link';
  if (link.decision !== null && !(raises && link.decision.decision === 'approve' && approval.ended === null)) {
    return { kind: 'already-decided', which: link.decision.decision === decision ? 'same' : 'other', approver };
  }
  if (approval.ended?.kind === 'superseded') return { kind: 'superseded', by: approval.ended.by };
  if (approval.ended?.kind === 'expired' || (approval.ended === null && now >= approval.expiresAt)) {
    return { kind: 'expired' };
  }
  if (approval.ended !== null) return { kind: 'closed', as: approval.ended.kind };
  if (!link.mayDecide) return { kind: 'not-approver', approver };
  if (link.subject !== approval.subject) return { kind: 'subject-changed' };
  if (typedVersion.trim() !== approval.version) return { kind: 'wrong-version' };
  const why = reason.trim();
  if (decision === 'reject' && why === '') return { kind: 'reason-missing' };
  return { kind: 'accepted', approver, decision, reason: why === '' ? null : why };
}
