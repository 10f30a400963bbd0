import type { WorkflowRun } from '../../adapters/source/source-control.ts';
import { RouteNotOurs } from '../../adapters/traffic/traffic-router.ts';
import type { ApiPlan } from '../../contracts/api/plan.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Contributors } from '../../contracts/contributor.ts';
import { milliseconds } from '../../contracts/duration.ts';
import { SluiceError } from '../../contracts/errors.ts';
import { formatInstant, later } from '../../contracts/instant.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { Candidate } from '../../contracts/records/candidate.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ReleaseRecord } from '../../contracts/records/release.ts';
import { identityOf } from '../../contracts/release.ts';
import { type DeploymentTrigger, type DeploymentType, personDeploymentTriggerSchema } from '../../contracts/trigger.ts';
import { sentence } from '../../contracts/words.ts';
import { approvalState } from '../../core/approvals/approval-state.ts';
import { exclusionsOf, personByMail } from '../../core/approvals/people.ts';
import { type Permission, roleMissing, roleMissingWords } from '../../core/approvals/permissions.ts';
import { requiredRules } from '../../core/approvals/required-rules.ts';
import { subjectHash, subjectOf } from '../../core/approvals/subject.ts';
import { isBlind, noticeableBySteps, noticeableWords } from '../../core/judgement/noticeable.ts';
import { shutGate } from '../../core/release/gates.ts';
import { releaseContradicted } from '../../core/release/identity.ts';
import { timetable, waysBack } from '../../core/release/plan.ts';
import { validateRelease } from '../../core/release/validate.ts';
import { operationWindow } from '../../core/windows/operation-window.ts';
import { describeWindows } from '../../core/windows/window-words.ts';
import { notCountingWords, unfillableReason } from '../approval/approval-progress.ts';
import { contributorsOf, readContributors } from '../approval/contributors.ts';
import { readLiveModel } from '../approval/model-facts.ts';
import { subjectFacts } from '../approval/subject-facts.ts';
import { deploymentUnderWay, hotfixRefusal, startedTooOften } from '../operation/deployment-under-way.ts';
import type { PlanDeps } from '../ports.ts';
import { readLiveRelease, readStandby } from '../shift/live.ts';
import { lookAhead } from '../shift/look-ahead.ts';
import { collectEvidence } from './collect-evidence.ts';
import { carriedByHolder, compareWithCandidates, readCandidates } from './compare-with-candidates.ts';
import { compareWithLive } from './compare-with-live.ts';
import { findRunOfVersion, unwrittenVersion, versionRefusal } from './find-run.ts';
import { readChanges } from './gather-changes.ts';
import { judgeModelBesideLive } from './judge-model.ts';
import { seeBranch } from './look-at-branch.ts';
import { judgePerformance, measurePerformance } from './measure-performance.ts';
import { measureTraffic } from './measure-traffic.ts';

/** What is to be planned, and who asks. */
export interface PlanQuestion {
  readonly version: string;
  readonly type: DeploymentType;
  /** Why what is live counts as older, where Git cannot tell. */
  readonly liveIsOlder: string | null;
  /** Mail of the person who would start it; null for a program, for which it is planned as if CI had started it. */
  readonly actor: string | null;
}

type Known = Pick<ReleaseRecord, 'release' | 'evidence' | 'measured'>;
type Live = OperationRecord['live'];

/** What is said of a plan piece by piece. */
interface Told {
  readonly refusals: Reason[];
  readonly waits: string[];
  readonly effects: string[];
  readonly unknown: string[];
}

/**
 * What a deployment would be and do if it were started now: the rules of the deployment itself, asked without an operation (docs/adr/0048).
 * Nothing is started and nothing is written.
 *
 * @throws {DependencyUnavailable} while GitHub, the registry or the database does not answer. What the cluster or the metrics do not say is told
 * as unknown.
 */
export async function planDeployment(
  deps: PlanDeps,
  service: ServiceConfiguration,
  question: PlanQuestion,
): Promise<ApiPlan> {
  const told: Told = { refusals: [], waits: [], effects: [], unknown: [] };
  const { version, type, actor } = question;
  lookAtRole(deps, { actor, type }, told);
  const [found, live, traffic] = await Promise.all([
    findRelease(deps, service, version, told),
    readLiveOf(deps, service, told),
    measureTraffic(deps, service),
  ]);
  if (traffic === null) told.unknown.push('How much traffic there is, and so how bad a release the steps can notice.');
  const trigger = triggerOf(deps, service, question, found?.run ?? null);
  const window = operationWindow({ kind: 'deployment', trigger, windowOverride: null }, service.windows, deps.now());
  const digest = found?.known.release.digest ?? null;
  const holder = await lookAtGates(deps, service, { version, digest, window }, told);
  const carrying = await deploymentUnderWay(deps.store, service.name, version);
  if (carrying !== null) lookAtCarrying(carrying, trigger, told);
  else {
    const tooOften = await startedTooOften(deps.store, service.name, { version, at: deps.now(), type });
    if (tooOften !== null) told.refusals.push(because('WriteConflict', tooOften));
  }
  const judged =
    found === null
      ? null
      : await judgeRelease(deps, service, { ...found, live, question, trigger, carrying, holder }, told);
  if (service.mode !== 'observe') told.unknown.push(rightsUnknown);
  const ahead = await lookAhead(deps, service, live);
  const plan = timetable(service);
  const seen = traffic === null ? [] : noticeableBySteps(service, traffic.requestsPerSecond);
  const described = describeWindows(service, deps.now());
  return {
    service: service.name,
    version,
    type,
    at: formatInstant(deps.now()),
    ...told,
    release: found === null ? null : releaseFacts(found.known),
    live: live && { version: live.version, digest: live.digest, environment: live.environment },
    target: live && otherEnvironment(live.environment),
    checks: [...(judged?.checks ?? []), ...ahead.map(({ at: _, ...check }) => check)],
    subject: judged?.subject ?? null,
    approvals: judged?.approvals ?? null,
    window: {
      state: window.kind,
      text:
        window.kind === described.state
          ? described.text
          : `${described.text} A hotfix passes whatever the windows say.`,
      change: described.change,
    },
    traffic,
    steps: plan.steps.map(({ weight, begins, lasts }) => ({
      weight,
      beginsMs: begins,
      lastsMs: lasts,
      goesOn: service.traffic.pauseAfter.includes(weight) ? ('person' as const) : ('by-itself' as const),
      notices: seen
        .filter((one) => one.weight === weight)
        .map((one) => ({
          objective: one.objective,
          share: one.share,
          bound: one.bound,
          text: noticeableWords(one, service, traffic?.requestsPerSecond ?? 0),
          blind: isBlind(one),
        })),
    })),
    bakeMs: service.bake,
    leastMs: plan.least,
    ways: [...waysBack(service, { reversible: found?.known.release.reversible ?? true })],
  };
}

const releaseFacts = ({ release, evidence }: Known): NonNullable<ApiPlan['release']> => ({
  commit: release.commit,
  image: release.image,
  digest: release.digest,
  reversible: release.reversible,
  author: release.author,
  runUrl: evidence.runUrl,
});

/** Each function asks for its own rights, which this one cannot do for them (docs/adr/0068). */
const rightsUnknown =
  'Whether Sluice’s functions have the rights in the cluster that it takes: each asks for its own before approvals are asked for, and without them the deployment ends there. `sluice doctor` compares the Roles.';

/** Whether who asks might start it. */
function lookAtRole(
  { configuration }: PlanDeps,
  { actor, type }: Pick<PlanQuestion, 'actor' | 'type'>,
  { refusals }: Told,
): void {
  if (actor === null) return;
  const permissions: readonly Permission[] = type === 'hotfix' ? ['operate', 'hotfix'] : ['operate'];
  for (const permission of permissions) {
    const missing = roleMissing(configuration, actor, permission);
    if (missing === null) continue;
    refusals.push(because('NotAllowed', roleMissingWords(configuration, actor, permission, missing)));
    return;
  }
}

/** What CI has built of a version, with everything that is proven of it now. Null where that is no release, which is told. */
async function findRelease(
  deps: PlanDeps,
  service: ServiceConfiguration,
  version: string,
  told: Told,
): Promise<{ readonly run: WorkflowRun; readonly known: Known } | null> {
  const problem = unwrittenVersion(service, version);
  if (problem !== null) {
    told.refusals.push(because('ReleaseUnknown', problem));
    return null;
  }
  const found = await findRunOfVersion(deps, service, version);
  if (found.kind === 'refused') {
    told.refusals.push(found.reason);
    return null;
  }
  const { run } = found;
  const collected = await collectEvidence(deps, service, run);
  if (collected.kind === 'unusable') {
    if (run.conclusion === null) told.waits.push('CI run: has not finished.');
    else told.refusals.push(because('ReleaseUnknown', sentence(collected.reason)));
    return null;
  }
  const { release, evidence } = collected;
  const notOf = versionRefusal(service, version, { ...release, runId: run.id });
  if (notOf !== null) {
    told.refusals.push(notOf);
    return null;
  }
  const known = await deps.store.releases.read(service.name, release.digest);
  const contradicted = known === null ? null : releaseContradicted(known.release, release);
  if (contradicted !== null) told.refusals.push(contradicted);
  return { run, known: { release: known?.release ?? release, evidence, measured: known?.measured ?? null } };
}

/** What has the traffic. A route past which requests come refuses every deployment, and is read all the same. */
async function readLiveOf(deps: PlanDeps, service: ServiceConfiguration, told: Told): Promise<Live> {
  const read = async (purpose: 'rise' | 'return'): Promise<Live> => {
    try {
      return await readLiveRelease(deps, service, purpose);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      if (purpose === 'rise' && error instanceof RouteNotOurs) {
        told.refusals.push(because('RouteNotOurs', sentence(error.message)));
        return read('return');
      }
      told.unknown.push(`What is live: ${sentence(error.message)}`);
      return null;
    }
  };
  return read('rise');
}

/** A person's wish, or a run of CI that ended well. */
function triggerOf(
  deps: PlanDeps,
  service: ServiceConfiguration,
  { version, type, liveIsOlder, actor }: PlanQuestion,
  run: WorkflowRun | null,
): DeploymentTrigger {
  if (actor !== null || run === null) {
    return personDeploymentTriggerSchema.parse({
      ...{ kind: 'person', wants: 'deployment', service: service.name, version, type, liveIsOlder },
      ...{ actor: actor ?? 'nobody', at: deps.now() },
    });
  }
  return {
    ...{ kind: 'workflow-run', service: service.name, repository: service.repository },
    ...{ repositoryId: run.repositoryId, runId: run.id, runAttempt: run.attempt, commit: run.commit },
    branch: run.branch ?? service.trigger.branch,
    workflow: run.workflow,
    actor: run.triggeringActor ?? run.actor,
    runUrl: run.url,
    type,
    justification: null,
  };
}

/** What keeps every release out, or lets it wait: freeze, hold, windows, and who is at work, which is returned. */
async function lookAtGates(
  deps: PlanDeps,
  service: ServiceConfiguration,
  wanted: { version: string; digest: string | null; window: ReturnType<typeof operationWindow> },
  told: Told,
): Promise<OperationRecord | null> {
  const { version, digest, window } = wanted;
  const [holds, frozen, { holder }] = await Promise.all([
    deps.store.releases.holds(service.name),
    deps.store.releases.frozen(service.name),
    deps.store.locks.read(service.name),
  ]);
  const hold = holds.find((one) => one.digest === digest) ?? null;
  const shut = shutGate({ service, version, frozen, hold, window });
  if (shut !== null) told.refusals.push(shut.reason);
  if (holder === null) return null;
  const atWork = await deps.store.operations.read(holder);
  const what = atWork === null ? `operation ${holder}` : `${atWork.kind} ${holder} (${atWork.state})`;
  told.waits.push(`The turn: ${what} is in progress, and has to end before anything is changed.`);
  return atWork;
}

/** Everything that is said of one release: its checks, its place beside others, what changes, and who has to approve. */
async function judgeRelease(
  deps: PlanDeps,
  service: ServiceConfiguration,
  asked: {
    known: Known;
    live: Live;
    question: PlanQuestion;
    trigger: DeploymentTrigger;
    carrying: OperationRecord | null;
    holder: OperationRecord | null;
  },
  told: Told,
): Promise<Pick<ApiPlan, 'checks' | 'subject' | 'approvals'>> {
  const { known, live, question, trigger, carrying, holder } = asked;
  const { release } = known;
  const id = 'plan';
  const validation = validateRelease(known.evidence, service.validation, release, [
    ...(await judgeModelBesideLive(deps.store, service, known, live)),
    ...judgePerformance(service, await measurePerformance(deps, service, known, live, null)),
  ]);
  if (validation.kind === 'failed') {
    told.refusals.push(...validation.problems.map((one) => because('ValidationFailed', one)));
  }
  if (validation.kind === 'waiting') told.waits.push(...validation.awaited);
  await lookAtOthers(
    deps,
    service,
    { release, live, type: question.type, declared: question.liveIsOlder, carrying, holder },
    told,
  );
  const standby = await readStandby(deps, service, live);
  const seen = await seeBranch(deps, service, { id, live, ...standby, branch: null }, identityOf(release));
  if (seen.refusal !== null) told.refusals.push(seen.refusal);
  const { refusal, pulls, contributors } = await readContributors(deps, service, {
    ...{ live, release, known },
    branch: seen.noted?.branch ?? null,
  });
  if (refusal !== null) told.refusals.push(refusal);
  const since = await readChanges(deps, service, {
    ...{ live, release, pulls, onto: seen.onto },
    valueFiles: standby.standbySource?.source.valueFiles ?? null,
  });
  const at = formatInstant(deps.now());
  const subject = subjectOf({
    operation: {
      ...{ id, kind: 'deployment', trigger, live, target: null, standbySource: standby.standbySource },
      checks: validation.checks.map((check) => ({ ...check, at })),
      branch: seen.noted?.branch ?? null,
      release: seen.noted?.release ?? identityOf(release),
    },
    service,
    known,
    since,
    contributors: { people: contributorsOf({ trigger, contributors }, known), complete: contributors.complete },
  });
  const liveModel = await readLiveModel(deps.store, service.name, live);
  const { hash: _, ...facts } = subjectFacts(subject, subjectHash(subject), service, liveModel);
  const approvals = whoApproves(deps, service, { known, live, type: question.type, trigger, contributors }, told);
  return { checks: validation.checks, subject: facts, approvals };
}

/** A deployment of this version that is under way: starting it again starts nothing. */
function lookAtCarrying(carrying: OperationRecord, trigger: DeploymentTrigger, { refusals, effects }: Told): void {
  const refusal = hotfixRefusal(carrying, trigger);
  if (refusal !== null) refusals.push(because('WriteConflict', refusal));
  else
    effects.push(
      `Nothing would be started: it would join deployment ${carrying.id} (${carrying.state}), which already deploys it.`,
    );
}

/** Whether it may take the place of what is live, and of what waits already. */
async function lookAtOthers(
  deps: PlanDeps,
  service: ServiceConfiguration,
  wanted: {
    release: Known['release'];
    live: Live;
    type: DeploymentType;
    declared: string | null;
    carrying: OperationRecord | null;
    holder: OperationRecord | null;
  },
  told: Told,
): Promise<void> {
  const { release, live, type, declared, carrying, holder } = wanted;
  const { decision } = await compareWithLive(deps, service, { release, live, declared });
  if (decision.kind === 'refused') told.refusals.push(decision.reason);
  // Who carries this version is joined.
  const carried = holder?.id === carrying?.id ? null : carriedByHolder(release, holder);
  if (carried !== null) told.refusals.push(carried);
  const seen = await readCandidates(deps, service.name);
  const [standard, hotfix] = await Promise.all([stillWaiting(deps, seen.standard), stillWaiting(deps, seen.hotfix)]);
  const mine = { ...release, operation: carrying?.id ?? 'plan', type };
  const { refusal, supersedes } = await compareWithCandidates(deps, service, { standard, hotfix }, mine);
  if (refusal !== null) told.refusals.push(refusal);
  for (const { version, operation } of supersedes)
    told.effects.push(`It would supersede ${version} (operation ${operation}), which waits.`);
}

/** A candidate whose operation has not ended. */
async function stillWaiting({ store }: PlanDeps, candidate: Candidate | null): Promise<Candidate | null> {
  const operation = candidate === null ? null : await store.operations.read(candidate.operation);
  return operation === null || operation.outcome !== null ? null : candidate;
}

/** Who has to approve, who may, and who does not count: the rules that apply, with nobody having decided. */
function whoApproves(
  { configuration, now }: PlanDeps,
  service: ServiceConfiguration,
  wanted: {
    known: Known;
    live: Live;
    type: DeploymentType;
    trigger: DeploymentTrigger;
    contributors: Contributors;
  },
  { refusals }: Told,
): NonNullable<ApiPlan['approvals']> {
  const { known, live, type, trigger, contributors } = wanted;
  const { people } = configuration;
  const { expire, distinct, rules } = service.approvals;
  const required = requiredRules(rules, {
    type,
    previousVersion: live?.version ?? null,
    version: known.release.version,
    versions: service.versions,
    reversible: known.release.reversible,
    everybodyKnown: contributors.complete,
  });
  const excluded = exclusionsOf(people, contributorsOf({ trigger, contributors }, known));
  const mailOf = (member: string) => personByMail(people, member)?.mail ?? member;
  const isOut = (person: string) => excluded.people.some((one) => one.person === person);
  const state = approvalState({
    ...{ people, rules: required, decisions: [], excluded, distinct },
    expiresAt: later(now(), expire),
    now: now(),
  });
  const involved = excluded.people.map(({ person, because }) => ({ person, as: [...because] }));
  const approvers = new Set(required.flatMap(({ members }) => members.map(mailOf)));
  const notCounting = involved
    .filter(({ person }) => approvers.has(person))
    .map(({ person }) => notCountingWords(involved, person));
  if (state.kind === 'unfillable') refusals.push(unfillableReason({ ...state, state: state.kind, notCounting }));
  return {
    state: state.kind === 'pending' ? 'pending' : 'unfillable',
    expireMs: milliseconds(expire),
    rules: required.map(({ role, count, require, members }) => ({
      ...{ role, count, require: require ?? null },
      from: members.map(mailOf).filter((person) => !isOut(person)),
    })),
    notCounting,
    unknownAuthors: excluded.unknown,
  };
}
