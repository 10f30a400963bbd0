import type { Store } from '../../adapters/store/store.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ReleaseRecord } from '../../contracts/records/release.ts';
import { isHotfix, type Trigger, wantedVersion } from '../../contracts/trigger.ts';
import { checkWords, durationWords } from '../../contracts/words.ts';
import { foreignCommands, foreignWords } from '../../core/gitops/foreign-words.ts';
import { commitPage } from '../../core/release/pages.ts';
import { wasSentBack } from '../../core/rollback/outcome-of-returned.ts';
import { placeOf } from '../standby/foreign-change.ts';
import { isModelCheck, modelFacts } from './model-facts.ts';

/** One line that people read: a name, its value and where to look further. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly url?: string;
  /** Whether the value has lines of its own, as a log has. */
  readonly isBlock?: boolean;
}

/** What an approver has to know of an operation, in words: the same in the mail, on the page and in the report. */
export interface DeploymentSummary {
  readonly service: string;
  readonly version: string;
  /** `Deploy chest-xray-mlops v2.1.0 to production` */
  readonly title: string;
  /** Who or what asked for it. */
  readonly why: string;
  /** `v2.1.0 goes to green and replaces v2.0.5, which serves on blue.` Null where nobody knows what is live, and once traffic has moved or it has ended. */
  readonly replaces: string | null;
  readonly facts: readonly Fact[];
  /** What CI and the validation said. */
  readonly checks: readonly Fact[];
  /** The model's metrics with their bounds, empty when the release has no model. No check repeats them. */
  readonly model: readonly Fact[];
}

export async function readSummary(
  store: Pick<Store, 'releases'>,
  operation: OperationRecord,
  service: ServiceConfiguration,
  returned: OperationRecord | null = null,
): Promise<DeploymentSummary> {
  const known = operation.release === null ? null : await store.releases.read(service.name, operation.release.digest);
  return summarise(operation, service, known, returned);
}

export function summarise(
  operation: OperationRecord,
  service: ServiceConfiguration,
  known: ReleaseRecord | null,
  returned: OperationRecord | null = null,
): DeploymentSummary {
  const { release } = operation;
  const metrics = known?.release.model?.metrics ?? {};
  const named = release?.version ?? wantedVersion(operation.trigger);
  const version = named ?? 'an unknown version';
  const verb = operation.kind === 'rollback' ? 'Roll' : 'Deploy';
  const goal = operation.kind === 'rollback' ? `back to ${version}` : `${version} to production`;
  return {
    service: service.name,
    version,
    title: `${verb} ${service.name} ${goal}`,
    why: describeTrigger(operation.trigger, returned),
    replaces: replacesWords(operation, version),
    facts: [
      { name: 'Service', value: service.name },
      ...(named === null ? [] : [{ name: 'Version', value: named }]),
      ...liveFacts(operation),
      ...(release === null ? [] : [commitFact(service, release.commit, known)]),
      ...(release === null ? [] : [{ name: 'Author', value: known?.release.author ?? 'unknown' }]),
      { name: 'Trigger', value: describeTrigger(operation.trigger, returned) },
      ...(known?.evidence.runUrl ? [{ name: 'CI run', value: known.evidence.runUrl, url: known.evidence.runUrl }] : []),
      ...(release === null ? [] : [{ name: 'Image', value: release.digest }]),
      ...(release?.chartTree == null ? [] : [{ name: 'Chart', value: `tree ${release.chartTree}` }]),
      ...environmentFacts(operation, service),
      ...branchFacts(operation, service),
      ...(known?.release.reversible === false
        ? [{ name: 'Careful', value: 'Sending the traffic back does not undo this release.' }]
        : []),
      { name: 'Operation', value: operation.id },
    ],
    checks: [
      ...(known?.evidence.checks ?? [])
        .filter(({ name }) => !operation.checks.some((check) => check.name === name))
        .map(({ name, conclusion, url }) => ({
          ...{ name, value: conclusion ?? 'not finished' },
          ...(url === null ? {} : { url }),
        })),
      ...(known?.evidence.staging && operation.checks.length === 0
        ? [{ name: 'staging', value: known.evidence.staging.state }]
        : []),
      ...operation.checks
        .filter(({ name, result }) => result !== 'pass' || !isModelCheck(name, metrics))
        .map((check) => ({
          name: check.name,
          value: checkWords(check),
          ...(check.url === undefined ? {} : { url: check.url }),
        })),
    ],
    model: modelFacts(metrics, operation.checks, null),
  };
}

/** What somebody else has written on the branch, which an approver has to know: it goes in with the release, or stops it. */
function branchFacts({ branch }: OperationRecord, service: ServiceConfiguration): Fact[] {
  if (branch === null || branch.change === null) return [];
  const what = foreignWords(placeOf(service, branch.environment), branch.change);
  const { propose } = foreignCommands(placeOf(service, branch.environment));
  const then = branch.proposed
    ? 'You approve these commits together with the release.'
    : `Your approval does not cover these commits: the deployment stops before it writes anything. \`${propose}\` shows them to the approvers of the next one.`;
  return [{ name: 'Written by others', value: `${what} ${then}` }];
}

/** What was live when it was looked at: once the operation has ended that says something only of one that moved the traffic. */
function liveFacts({ live, outcome, ...operation }: OperationRecord): Fact[] {
  if (live === null || (outcome !== null && !hasMoved(operation))) return [];
  return [{ name: outcome === null ? 'Live now' : 'Live before', value: `${live.version} on ${live.environment}` }];
}

/** Whether an operation has moved traffic: a deployment or a switch when it shifts, a return at once. */
export const hasMoved = ({ kind, shiftedAt, weights }: Pick<OperationRecord, 'kind' | 'shiftedAt' | 'weights'>) =>
  shiftedAt !== null || (kind === 'rollback' && weights !== null);

function replacesWords({ live, target, outcome, shiftedAt }: OperationRecord, version: string): string | null {
  if (live === null || outcome !== null || shiftedAt !== null) return null;
  const to = target ?? otherEnvironment(live.environment);
  return `${version} is deployed to ${to} and replaces ${live.version}, which serves on ${live.environment}.`;
}

/** `all 13 passed`, and each one that did not, in full. */
export function checksInShort(checks: readonly Fact[]): Fact[] {
  const others = checks.filter(({ value }) => !/^(?:passed|success)\b/.test(value));
  const passed = checks.length - others.length;
  const all = passed === 2 ? 'both' : `all ${passed}`;
  const words = others.length === 0 && passed > 1 ? `${all} passed` : `${passed} of ${checks.length} passed`;
  return checks.length === 0 ? [] : [{ name: 'Checks', value: words }, ...others];
}

/** The commit's page is where the run's is. */
const commitFact = (service: ServiceConfiguration, commit: string, known: ReleaseRecord | null): Fact => ({
  ...{ name: 'Commit', value: commit },
  url: commitPage(known?.evidence.runUrl ?? service.repositoryUrl, commit),
});

function environmentFacts(operation: OperationRecord, service: ServiceConfiguration): Fact[] {
  const target = operation.target ?? (operation.live === null ? null : otherEnvironment(operation.live.environment));
  const shift = { name: 'Traffic', value: shiftWords(operation, service) };
  if (target === null) return [shift];
  const { namespace, database } = service.environments[target];
  const where = [`namespace ${namespace}`, ...(database === null ? [] : [`database ${database} (${service.data})`])];
  return [{ name: 'Environment', value: `${target}: ${where.join(', ')}` }, shift];
}

/** How the traffic is moved: a deployment and a planned way back go in steps, everything else at once. Of a rollback that froze nobody knows. */
function shiftWords(operation: OperationRecord, { traffic }: ServiceConfiguration): string {
  const { kind, trigger, desired, outcome } = operation;
  if (outcome !== null && kind !== 'rollback' && !hasMoved(operation)) return 'no traffic was moved';
  const { steps, interval } = traffic;
  const inSteps =
    kind === 'deployment' || (trigger.kind === 'person' && trigger.wants === 'rollback' && !trigger.emergency);
  if (inSteps) return `${steps.join(', ')} %, each judged for ${durationWords(interval)}`;
  return kind === 'rollback' || desired === null ? 'all at once' : `${desired.weight} % of it, by hand`;
}

/** A deadline that has come, and a fault of Sluice, blame no release: a split by hand ended as planned, or nobody decided on a pause. */
const failureWords = {
  failed: 'failure',
  expired: 'deadline',
  undecided: 'deadline',
  'origin-worse': 'failure',
  fault: 'fault',
  drift: 'drift',
} as const;

/**
 * Who or what asked for an operation, as a sentence part.
 *
 * @param returned what the operation returns: where a person sent its traffic back or aborted it, that is why, whatever noticed it first.
 */
export function describeTrigger(trigger: Trigger, returned: OperationRecord | null = null): string {
  if (returned !== null && 'operation' in trigger && trigger.operation === returned.id) {
    const { id, desired, abort } = returned;
    if (desired !== null && wasSentBack(returned)) {
      return `${desired.actor} sent the traffic of ${id} back: ${desired.reason}`;
    }
    if (abort !== null) return `${abort.actor} aborted ${id}: ${abort.reason}`;
  }
  switch (trigger.kind) {
    case 'workflow-run':
      return `CI run ${trigger.runId} on ${trigger.branch}, started by ${trigger.actor ?? 'an unknown person'}${isHotfix(trigger) ? ` (hotfix: ${trigger.justification})` : ''}`;
    case 'alert':
      return `alert ${trigger.name} (${trigger.severity})`;
    case 'person':
      return trigger.wants === 'deployment'
        ? `${trigger.actor} (${trigger.type}${trigger.justification === null ? '' : `: ${trigger.justification}`}${trigger.liveIsOlder == null ? '' : `; declares that the live release is older: ${trigger.liveIsOlder}`})`
        : `${trigger.actor}: ${trigger.reason}${trigger.wants === 'rollback' && trigger.hold ? ' (the release that it replaces goes on hold)' : ''}`;
    case 'abort':
      return `${trigger.actor} aborted ${trigger.operation}: ${trigger.reason}`;
    case 'failure':
      return `${failureWords[trigger.cause]} of ${trigger.operation}: ${trigger.reason}`;
    case 'dead-execution':
      return `the execution of ${trigger.operation} ended as ${trigger.status}`;
  }
}
