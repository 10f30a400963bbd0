import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import { after, formatInstant } from '../../contracts/instant.ts';
import type { ApprovalRecord } from '../../contracts/records/approval.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { Subject } from '../../contracts/records/subject.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { deploymentTypeOf } from '../../contracts/trigger.ts';
import { type Exclusion, exclusionsOf, personByMail } from '../../core/approvals/people.ts';
import { requiredRules } from '../../core/approvals/required-rules.ts';
import { showOnGitHub } from '../notice/show-on-github.ts';
import { audited, sluice } from '../operation/audited.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { CommonDeps, NotifyDeps } from '../ports.ts';
import { approvalStateOf, rulesNow } from './approval-state.ts';
import { isStillAbout, type NamedSubject, subjectNow } from './approval-subject.ts';
import { contributorsOf } from './contributors.ts';
import { sendLinks } from './send-links.ts';

/** Asks everybody whose approval the rules want, once each. `recheckSeconds`: how long the machine waits for a nudge. */
export async function requestApproval(deps: NotifyDeps, execution: Execution): Promise<ResultOf<'request-approval'>> {
  const { operation, service } = await loadOperation(deps, execution);
  if (operation.outcome !== null || operation.abort !== null) {
    return { outcome: 'not-required', recheckSeconds: recheckSeconds(service, null, deps.now()) };
  }
  const now = await subjectNow(deps.store, operation, service);
  if (now === null) throw new InvalidInput(`Operation ${operation.id} has no release that could be approved.`);
  await deps.store.subjects.put(operation.id, now.hash, now.subject);
  const found = await findOrCreate(deps, operation, service, now);
  const isSame = await isStillAbout(deps.store, found, now);
  const current = isSame ? found : await askAnew(deps, operation, service, now.hash);
  const { subject } = current;
  const approval = await withEverybody(deps, operation, current);
  // The requests exist before the operation is shown as waiting, so that everybody who sees it can decide.
  await deps.store.operations.enter(operation.id, 'awaiting-approval', timestamp(deps));
  const answer = { recheckSeconds: recheckSeconds(service, approval, deps.now()) };
  const state = approvalStateOf(deps.configuration, approval, deps.now());
  if (state.kind !== 'pending') return { outcome: 'not-required', ...answer };
  const asked = new Set(
    approval.links.filter((link) => link.sentAt !== null && link.subject === subject).map(({ approver }) => approver),
  );
  const decided = new Set(approval.decisions.map(({ approver }) => approver));
  const members = membersOf({ rules: rulesNow(deps.configuration, approval) });
  const approvers = members.filter((member) => !asked.has(member) && !decided.has(member));
  await sendLinks(deps, { operation, service, approval, approvers, occasion: 'request' });
  await showOnGitHub(deps, { operation: { ...operation, state: 'awaiting-approval' }, service });
  return { outcome: 'requested', ...answer };
}

/** Everybody in any rule, each once. Those who do not count may still reject. */
export const membersOf = ({ rules }: Pick<ApprovalRecord, 'rules'>): string[] => [
  ...new Set(rules.flatMap(({ members }) => members)),
];

async function findOrCreate(
  deps: NotifyDeps,
  operation: OperationRecord,
  service: ServiceConfiguration,
  now: NamedSubject,
): Promise<ApprovalRecord> {
  const existing = await deps.store.approvals.read(operation.id);
  if (existing !== null) return existing;
  const { release } = operation;
  if (release === null) throw new InvalidInput(`Operation ${operation.id} has no release that could be approved.`);
  const record: ApprovalRecord = {
    operation: operation.id,
    service: service.name,
    version: release.version,
    requestedAt: timestamp(deps),
    expiresAt: formatInstant(after(deps.now(), service.approvals.expire)),
    remindedAt: null,
    escalatedAt: null,
    ...(await approvalTerms(deps, operation, service, now.subject)),
    subject: now.hash,
    links: [],
    decisions: [],
    voided: [],
    asked: 1,
    supersededBy: null,
    taskToken: null,
    revision: 0,
  };
  if ((await deps.store.approvals.create(record)) === 'created') return record;
  return (await deps.store.approvals.read(operation.id)) ?? record;
}

/**
 * Whose approval is wanted, and whose does not count: from the configuration and the release, each time it is asked.
 *
 * @param decided what people have decided on: it says what kind of release that was and who took part, whatever stands in the operation, which
 * many functions may write (I13). Who was found to have taken part since does not count either.
 */
export async function approvalTerms(
  deps: CommonDeps,
  operation: OperationRecord,
  service: ServiceConfiguration,
  decided: Subject | null = null,
): Promise<ApprovalTerms> {
  const { release, trigger, live, contributors } = operation;
  if (release === null) throw new InvalidInput(`Operation ${operation.id} has no release that could be approved.`);
  const known = await deps.store.releases.read(service.name, release.digest);
  const rules = requiredRules(service.approvals.rules, {
    type: decided?.type ?? deploymentTypeOf(trigger),
    previousVersion: (decided === null ? live : decided.live)?.version ?? null,
    version: release.version,
    versions: service.versions,
    reversible: (decided ?? known)?.release.reversible ?? true,
    everybodyKnown: (decided?.contributors?.complete ?? true) && (contributors?.complete ?? true),
  });
  const { people } = deps.configuration;
  const tookPart = [...contributorsOf(operation, known), ...(decided?.contributors?.people ?? [])];
  const { people: excluded, unknown } = exclusionsOf(people, tookPart);
  return {
    rules: rules.map(({ role, members, count, require }) => ({
      role,
      members: members.map((member) => personByMail(people, member)?.mail ?? member),
      count,
      require,
    })),
    distinct: service.approvals.distinct,
    excluded: excluded.map(({ person }) => person),
    involved: involvedOf(excluded),
    unknownAuthors: unknown,
  };
}

type ApprovalTerms = Pick<ApprovalRecord, 'rules' | 'distinct' | 'excluded' | 'involved' | 'unknownAuthors'>;

/** When the evidence was gathered again and more came in, more people may have taken part. Nobody is let in again (I3). */
async function withEverybody(
  deps: NotifyDeps,
  operation: OperationRecord,
  approval: ApprovalRecord,
): Promise<ApprovalRecord> {
  const known =
    operation.release === null ? null : await deps.store.releases.read(operation.service, operation.release.digest);
  const { people, unknown } = exclusionsOf(deps.configuration.people, contributorsOf(operation, known));
  const isNew = ({ person }: Exclusion) => !approval.excluded.includes(person);
  const strangers = unknown.filter((name) => !approval.unknownAuthors.includes(name));
  if (!people.some(isNew) && strangers.length === 0) return approval;
  const changed = await deps.store.approvals.change(operation.id, (record) => ({
    ...record,
    excluded: [...new Set([...record.excluded, ...people.map(({ person }) => person)])],
    involved: [...record.involved, ...involvedOf(people.filter(isNew))],
    unknownAuthors: [...new Set([...record.unknownAuthors, ...unknown])],
  }));
  return changed ?? approval;
}

const involvedOf = (excluded: readonly Exclusion[]) =>
  excluded.map(({ person, because }) => ({ person, as: [...because] }));

/** What there is to decide on has changed: the decisions so far are void, and everybody is asked again. */
async function askAnew(
  deps: NotifyDeps,
  operation: OperationRecord,
  service: ServiceConfiguration,
  subject: string,
): Promise<ApprovalRecord> {
  const reason = 'The release to approve has changed. Earlier decisions are void, and everybody is asked again.';
  const intent = { operation: operation.id, action: 'void-approvals', actor: sluice, reason, wanted: { subject } };
  const changed: { record: ApprovalRecord | null } = { record: null };
  await audited(deps, intent, async () => {
    changed.record = await deps.store.approvals.change(operation.id, (record) =>
      record.subject === subject
        ? null
        : {
            ...record,
            subject,
            requestedAt: timestamp(deps),
            expiresAt: formatInstant(after(deps.now(), service.approvals.expire)),
            remindedAt: null,
            escalatedAt: null,
            decisions: [],
            voided: [...record.voided, ...record.decisions],
            asked: record.asked + 1,
          },
    );
    return { voided: changed.record?.voided.length ?? 0 };
  });
  if (changed.record === null) throw new InvalidInput(`The approval of operation ${operation.id} is gone.`);
  return changed.record;
}

/** Whole seconds until the machine reads the approval again by itself (rule 5): at the latest when it expires. */
export function recheckSeconds(service: ServiceConfiguration, approval: ApprovalRecord | null, now: number): number {
  const untilExpiry = approval === null ? Number.POSITIVE_INFINITY : Date.parse(approval.expiresAt) - now;
  return Math.max(1, Math.ceil(Math.min(service.approvals.recheck, untilExpiry) / 1_000));
}
