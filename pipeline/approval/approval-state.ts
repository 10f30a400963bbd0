import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { type Instant, parseInstant } from '../../contracts/instant.ts';
import type { ApprovalRecord } from '../../contracts/records/approval.ts';
import { type ApprovalQuestion, type ApprovalState, approvalState } from '../../core/approvals/approval-state.ts';
import { personByMail } from '../../core/approvals/people.ts';

export type ApprovalStanding = ApprovalState | { kind: 'superseded'; by: string };

/** Those on what there is to decide on now. */
export const currentDecisions = ({ decisions, subject }: Pick<ApprovalRecord, 'decisions' | 'subject'>) =>
  decisions.filter((made) => made.subject === subject);

/** Where a stored approval stands now, by the people whom the configuration has now. */
export function approvalStateOf(configuration: Configuration, record: ApprovalRecord, now: Instant): ApprovalStanding {
  const state = approvalState(questionOf(configuration, record, now));
  // A decision that was complete before a newer release came stays one: only a pending approval can be superseded.
  return state.kind === 'pending' && record.supersededBy !== null
    ? { kind: 'superseded', by: record.supersededBy }
    : state;
}

/** A stored approval as core's rules ask for it. */
export const questionOf = (configuration: Configuration, record: ApprovalRecord, now: Instant): ApprovalQuestion => ({
  people: configuration.people,
  rules: rulesNow(configuration, record),
  // Decisions on what has changed since do not count (I3).
  decisions: currentDecisions(record).map(({ approver, decision, reason, at, via }) => ({
    by: approver,
    decision,
    reason,
    at: parseInstant(at),
    proof: via === 'mail-link' ? 'link' : 'signed-in',
  })),
  excluded: { people: record.excluded.map((person) => ({ person, because: [] })) },
  distinct: record.distinct,
  now,
  expiresAt: parseInstant(record.expiresAt),
});

/**
 * What an approval asks for, as it was asked, of those who are still in that role: whoever was taken out of the configuration meanwhile
 * can neither decide nor count.
 */
export function rulesNow({ people, services }: Configuration, { service, rules }: ApprovalRecord) {
  const configured = services.find(({ name }) => name === service)?.approvals.rules ?? [];
  const personOf = (mail: string) => personByMail(people, mail)?.mail;
  return rules.map((rule) => {
    const still = new Set(
      configured.filter(({ role }) => role === rule.role).flatMap(({ members }) => members.map(personOf)),
    );
    const members = rule.members.map(personOf).filter((person) => person !== undefined && still.has(person));
    return { ...rule, members: members.filter((person) => person !== undefined) };
  });
}

/** Whether this person may decide on an approval now. */
export const mayDecide = (configuration: Configuration, record: ApprovalRecord, approver: string): boolean => {
  const person = personByMail(configuration.people, approver)?.mail;
  return rulesNow(configuration, record).some(({ members }) => members.some((member) => member === person));
};
