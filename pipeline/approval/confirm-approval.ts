import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { milliseconds } from '../../contracts/duration.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { DeliveredSource, Subject } from '../../contracts/records/subject.ts';
import { durationWords, sentence } from '../../contracts/words.ts';
import { subjectHash } from '../../core/approvals/subject.ts';
import {
  deliveredSource,
  foreignDelivery,
  foreignDestination,
  type Sourced,
  sourceWords,
  wantedDelivery,
} from '../../core/gitops/application-source.ts';
import { isDeployedFirst } from '../../core/rollback/is-planned.ts';
import type { CommonDeps } from '../ports.ts';
import { approvalStateOf } from './approval-state.ts';
import { approvalTerms } from './request-approval.ts';

type ReadApplication = () => Promise<Sourced | null>;

/**
 * Why this operation may not act on its release, as a sentence; null when it may. Proven once more before each effect (I3, I13): the quorum is
 * there, it is for one subject, and the subject's release is the one that is about to be written or to get traffic. What stands in the
 * request of the approval and in the operation is not believed, since others may write them: the rules come from the configuration, who took
 * part and what kind of release it is from the subject, of the decisions only sealed ones count, and the subject has to fit the hash that they name.
 *
 * @param readApplication of the target, as it is now: what it adds to the commit is part of what is approved. Null where it cannot be read.
 * @throws {DependencyUnavailable} when the database or KMS does not answer: what cannot be proven does not go on.
 */
export async function whyNotApproved(
  deps: CommonDeps,
  service: ServiceConfiguration,
  operation: OperationRecord,
  readApplication: ReadApplication = async () => null,
): Promise<string | null> {
  if (operation.kind === 'switch-traffic') return whyNotAsItWentLive(deps, service, operation, readApplication);
  if (!needsApproval(operation)) return null;
  const { id, release } = operation;
  const { store, configuration, now } = deps;
  const approval = await store.approvals.read(id);
  if (approval === null || release === null) return `Nobody was asked to approve operation ${id}.`;
  const [subject, known] = await Promise.all([
    approval.subject === null ? null : store.subjects.read(id, approval.subject),
    store.releases.read(service.name, release.digest),
  ]);
  const isChanged = subject !== null && subjectHash(subject) !== approval.subject;
  const terms = await approvalTerms(deps, operation, service, isChanged ? null : subject);
  if (approvalStateOf(configuration, { ...approval, ...terms }, now()).kind !== 'approved') {
    const forged = (approval.forged ?? []).map(({ approver }) => approver);
    const why =
      forged.length > 0
        ? `The table has decisions of ${forged.join(', ')} that Sluice did not write.`
        : 'There are too few sealed decisions about exactly this release by people in sluice.yaml.';
    return `The approval of ${release.version} is not proven. ${why} \`sluice operation ${id}\` shows all decisions.`;
  }
  if (subject === null) return `The approved subject of operation ${id} cannot be read.`;
  if (isChanged) return `The subject of operation ${id} was changed after it was approved.`;
  const approved = subject.release;
  const differs = [
    ['image', imageOf(known?.release), imageOf(approved)],
    ['digest', release.digest, approved.digest],
    ['commit', release.commit, approved.commit],
    ['commit on record', known?.release.commit, approved.commit],
    ['chart version', known?.release.chart, approved.chart],
    ['chart tree', release.chartTree, approved.chartTree],
    ['version', release.version, approved.version],
    ...planOf(service, subject.plan),
  ].find(([, found, wanted]) => found !== wanted);
  if (differs === undefined) return whyNotItsSource(service, operation, await readApplication(), subject.source);
  const [what, found, wanted] = differs;
  return `The ${what} is ${found ?? 'unknown'}, but ${wanted} was approved.`;
}

/**
 * Why this operation may not bring its release into an environment, as a sentence; null when it may. As above; and what skips the approval is
 * only a person's emergency, to what was live by a deployment that succeeded and is not on hold. The kind and the trigger of an operation are
 * not proven, since eight functions may write them; that something was good stands in records that only four of them may write (adr/0040).
 */
export async function whyNotDeployable(
  deps: CommonDeps,
  service: ServiceConfiguration,
  operation: OperationRecord,
  readApplication: ReadApplication = async () => null,
): Promise<string | null> {
  if (needsApproval(operation)) return whyNotApproved(deps, service, operation, readApplication);
  const { id, kind, release, trigger } = operation;
  if (kind !== 'rollback' || release === null || !isDeployedFirst(trigger)) {
    return `Operation ${id} is a ${kind} that deploys no release, and nobody was asked to approve one.`;
  }
  const [known, holds] = await Promise.all([
    deps.store.releases.read(service.name, release.digest),
    deps.store.releases.holds(service.name),
  ]);
  if (known === null || known.succeededAt === null) {
    return `${release.version} (${release.digest}) was never live after a successful deployment. An emergency rollback goes only to a release that was good.`;
  }
  const hold = holds.find(({ digest }) => digest === release.digest);
  if (hold !== undefined) return sentence(`${release.version} is on hold: ${hold.reason}`);
  const application = await readApplication();
  if (application === null || operation.target === null) return null;
  const name = application.metadata?.name ?? '';
  return foreignDestination(name, application, wantedDelivery(service, operation.target));
}

/** Why what the target's Application adds to the commit is not what was approved; null where it could not be read, or nobody had looked at it. */
function whyNotItsSource(
  service: ServiceConfiguration,
  { target }: OperationRecord,
  application: Sourced | null,
  approved: Subject['source'],
): string | null {
  if (application === null || target === null) return null;
  const name = application.metadata?.name ?? '';
  const foreign = foreignDelivery(name, application, wantedDelivery(service, target));
  if (foreign !== null) return foreign;
  const found = deliveredSource(application, target);
  const told = (source: DeliveredSource) => `${sourceWords(source)} (${source.sha256.slice(0, 12)})`;
  if (approved === undefined) {
    // Asked for before there were sources, or nobody could look: what the usual values make is all that may be.
    return found.parameters.length === 0 && found.inline.length === 0
      ? null
      : `The approvers did not see what Application ${name} adds to the chart: ${told(found)}. Start it again.`;
  }
  if (found.sha256 === approved.sha256) return null;
  return `The source of Application ${name} is ${told(found)}, but ${told(approved)} was approved.`;
}

/**
 * Why a side may not get traffic by hand, where no approval is asked for: its Application adds something else to the chart than when its release
 * went live. Null when it does not, or nobody knows.
 */
async function whyNotAsItWentLive(
  { store }: CommonDeps,
  { name }: ServiceConfiguration,
  { release, target }: OperationRecord,
  readApplication: ReadApplication,
): Promise<string | null> {
  const known = release === null ? null : await store.releases.read(name, release.digest);
  if (known?.source == null || target === null) return null;
  const application = await readApplication();
  if (application === null || deliveredSource(application, target).sha256 === known.source) return null;
  const words = sourceWords(deliveredSource(application, target));
  return `Application ${application.metadata?.name} no longer adds the same to the chart as when ${known.release.version} went live: ${words}. Undo that, or deploy the version again.`;
}

/** How the traffic was to come, beside what sluice.yaml says now: others may have deployed it since (I3). Where it goes is the route's and the lock's. */
const planOf = (
  { traffic, bake, standby }: ServiceConfiguration,
  approved: Subject['plan'],
): [what: string, found: string, wanted: string][] => [
  ['list of steps', percentages(traffic.steps), percentages(approved.steps)],
  ['time of a step', durationWords(traffic.interval), durationWords(milliseconds(approved.interval))],
  ['bake time', durationWords(bake), durationWords(milliseconds(approved.bake))],
  [
    'time that the old version stays warm',
    durationWords(standby.keepWarm),
    durationWords(milliseconds(approved.keepWarm)),
  ],
];

const percentages = (steps: readonly number[]) => `${steps.join(', ')} %`;

const imageOf = (release: { image: string; digest: string } | undefined) =>
  release === undefined ? undefined : `${release.image}@${release.digest}`;

/** A deployment, and a way back that somebody planned. An emergency and what Sluice does by itself skip the approval (I3). */
function needsApproval({ kind, trigger }: OperationRecord): boolean {
  if (kind === 'deployment') return true;
  return kind === 'rollback' && trigger.kind === 'person' && trigger.wants === 'rollback' && !trigger.emergency;
}
