import { html } from 'hono/html';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { between, parseInstant } from '../../contracts/instant.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import { observationWords } from '../../contracts/observation-words.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { wantedVersion } from '../../contracts/trigger.ts';
import { durationWords, timeWords } from '../../contracts/words.ts';
import { failedAfter } from '../../core/judgement/post-deployment.ts';
import { endedAsPlanned, isAutomaticReturn } from '../../core/rollback/is-automatic-return.ts';
import { wasSentBack } from '../../core/rollback/outcome-of-returned.ts';
import { checksInShort, describeTrigger, type Fact, readSummary } from '../approval/deployment-summary.ts';
import { tellWithdrawn } from '../approval/tell-withdrawn.ts';
import { audited, sluice } from '../operation/audited.ts';
import { closeIntents } from '../operation/close-intents.ts';
import { doneBefore } from '../operation/done-before.ts';
import { loadOperation } from '../operation/operation-context.ts';
import type { NotifyDeps } from '../ports.ts';
import { contactFacts } from './contacts-of.ts';
import { factLines, mailDocument } from './mail-document.ts';
import { occasionOf } from './occasion-of.ts';
import { pageOnCall } from './page-on-call.ts';
import { linksOf, runbookFacts } from './service-links.ts';
import { type Recent, recentOf, servingNow, versionOn } from './serving.ts';
import { showOnGitHub } from './show-on-github.ts';
import { standingOf } from './standing.ts';

const action = 'report';
/** A diagnosis holds logs; a mail shows their ends. */
const longestFinding = 1_000;
const longestLine = 300;
const lastLines = 6;

/** What it is, and of a log the last lines: what went wrong stands there, below what went well. */
function shortFinding(finding: string, operation: string): string {
  const [head = '', ...lines] = finding.trimEnd().split('\n');
  const skipped = lines.length - lastLines;
  const shown =
    skipped > 1 ? [`(${skipped} earlier lines: sluice operation ${operation})`, ...lines.slice(-lastLines)] : lines;
  return [head.slice(0, longestFinding), ...shown.map((line) => line.slice(0, longestLine))].join('\n');
}

/**
 * Tells how an operation ended, once: `notify.deployments` by mail, those who were asked for an approval that nobody needs any more, and the on-call when traffic went back by itself and `notify.page.on`
 * asks for that. A rollback's report says what was returned, and why. What one of them meets keeps the other from nothing.
 */
export async function report(deps: NotifyDeps, execution: Execution): Promise<ResultOf<'report'>> {
  const { operation, service } = await loadOperation(deps, execution);
  // A deployment that had to return its own traffic returned itself.
  const { related: other } = operation;
  const related = other === null || other === operation.id ? null : await deps.store.operations.read(other);
  const told = { operation, service, related };
  const [mailed, paged, , withdrawn] = await Promise.allSettled([
    mailReport(deps, told),
    pageReturn(deps, told).then(() => pageFindings(deps, told)),
    showEnded(deps, told),
    tellWithdrawn(deps, operation, service),
  ]);
  if (paged.status === 'rejected') throw paged.reason;
  if (mailed.status === 'rejected') throw mailed.reason;
  if (withdrawn.status === 'rejected') throw withdrawn.reason;
  return { outcome: mailed.value };
}

/** A deployment that was never asked about is not known there. What returned one says how that ended. */
async function showEnded(deps: NotifyDeps, { operation, service, related }: Ended): Promise<void> {
  const shown = operation.kind === 'deployment' ? operation : related;
  if (shown === null || (await deps.store.approvals.read(shown.id)) === null) return;
  await showOnGitHub(deps, { operation: shown, service }, shown === operation ? null : operation);
}

interface Ended {
  readonly operation: OperationRecord;
  readonly service: ServiceConfiguration;
  /** What it returned. */
  readonly related: OperationRecord | null;
}

async function pageReturn(deps: NotifyDeps, { operation, service, related }: Ended): Promise<void> {
  if (!service.notify.page.on.includes('automatic-rollback') || !isAutomaticReturn(operation, related)) return;
  const reason = operation.reason ?? describeTrigger(operation.trigger, related);
  await pageOnCall(deps, service, { operation: operation.id, kind: 'returned', reason });
}

/** A release that stays, of which something failed after the bake that somebody wants to be woken for. */
async function pageFindings(deps: NotifyDeps, { operation, service }: Ended): Promise<void> {
  const found = failedAfter(operation).filter(({ onFailure }) => onFailure === 'page');
  const [first] = found;
  if (operation.outcome !== 'succeeded' || first === undefined) return;
  const version = operation.release?.version ?? 'The release';
  const reason = `${version} has all of the traffic, but failed after the bake: ${found.map((check) => `${check.name}: ${check.reason}`).join('; ')}`;
  // A page of a pause before is about something else: this one is known by when it was found.
  const news = { operation: operation.id, kind: 'needs-a-person' as const, pausedAt: parseInstant(first.at), reason };
  await pageOnCall(deps, service, news);
}

async function mailReport(deps: NotifyDeps, { operation, service, related }: Ended) {
  const to = service.notify.deployments;
  if (to.length === 0) return 'nobody';
  if (await doneBefore(deps.store, operation.id, action)) {
    await closeIntents(deps, operation.id, [action]);
    return 'reported-before';
  }
  const mail = await compose(deps, operation, service, related);
  const sent = await audited(deps, { operation: operation.id, action, actor: sluice, wanted: { to } }, () =>
    deps.mailer.send({
      from: deps.configuration.mail.from,
      to,
      ...mail,
      thread: related === null ? [operation.id] : [related.id, operation.id],
      tags: { operation: operation.id, kind: 'report' },
    }),
  );
  // The operation has ended, so nobody else gives a result to the intent of a report that died on its way (I9).
  await closeIntents(deps, operation.id, [action]);
  return sent.kind === 'sent' ? 'reported' : 'rejected';
}

async function compose(
  deps: NotifyDeps,
  operation: OperationRecord,
  service: ServiceConfiguration,
  related: OperationRecord | null,
) {
  const summary = await readSummary(deps.store, operation, service, related);
  const recent = await recentOf(deps.store, operation, related);
  const subject = subjectOf(operation, related, recent);
  const ended: Fact[] = [
    ...(operation.kind === 'observation' ? [] : servingNow(recent)),
    { name: 'Outcome', value: operation.outcome ?? 'not ended' },
    { name: wentWrong(operation) ? 'What was wrong' : 'Reason', value: operation.reason ?? 'none given' },
    ...(wentWrong(operation) ? runbookFacts(operation.reason) : []),
    ...endFacts(operation),
  ];
  const returned: Fact[] =
    related === null
      ? []
      : [
          {
            name: 'Returned',
            value: `${related.kind} ${related.id}${releaseWords(related, recent)}`,
          },
          { name: 'Its outcome', value: related.outcome ?? 'not ended' },
          { name: 'Why', value: describeTrigger(operation.trigger, related) },
        ];
  const diagnosis: Fact[] = operation.diagnosis.map((finding, index) => ({
    name: index === 0 ? 'Summary' : `Finding ${index}`,
    value: shortFinding(finding, operation.id),
    isBlock: true,
  }));
  const links = linksOf(deps.configuration, service, {
    ...occasionOf(operation, related),
    reason: operation.reason,
  });
  const sections = [
    { facts: ended },
    { title: 'What Sluice would have done', facts: observedFacts(operation) },
    { title: 'Still on hold or frozen', facts: await standingOf(deps.store, operation, related) },
    { title: 'What was returned', facts: returned },
    { title: 'Release', facts: summary.facts },
    { title: 'Checks', facts: checksInShort(summary.checks) },
    // Nobody wants to know what was wrong with a split that its person let end.
    { title: 'Diagnosis', facts: related !== null && endedAsPlanned(operation, related) ? [] : diagnosis },
    { title: 'Links', facts: links },
    {
      title: 'Whom to call',
      facts:
        needsNobody(operation) && failedAfter(operation).length === 0 ? [] : contactFacts(deps.configuration, service),
    },
  ];
  const lead = `${subject}.`;
  const text = [
    lead,
    ...sections
      .filter(({ facts }) => facts.length > 0)
      .flatMap(({ title, facts }) => ['', ...(title === undefined ? [] : [title]), factLines(facts)]),
  ].join('\n');
  return {
    subject,
    text,
    html: mailDocument({ title: subject, lead: html``, sections }),
  };
}

/** Beside the times, what another pipeline did and what Sluice would have done. */
const observedFacts = ({ observation }: OperationRecord): Fact[] =>
  observation === null
    ? []
    : observationWords(observation).map(({ name, value }) => ({ name: name === '' ? 'and' : name, value }));

/** Whether its reason says what was wrong with the release or with the way, rather than what somebody wanted. */
const wentWrong = ({ outcome }: OperationRecord): boolean =>
  outcome !== null &&
  (['rolled-back', 'failed', 'failed-validation', 'frozen'] as const).some((one) => one === outcome);

function endFacts({ startedAt, endedAt }: OperationRecord): Fact[] {
  if (endedAt === null) return [];
  const took = durationWords(between(parseInstant(startedAt), parseInstant(endedAt)));
  return [{ name: 'Ended', value: `${timeWords(endedAt)}, ${took} after it began` }];
}

/** What ended well, or was replaced by a newer release, is for nobody to act on. */
const needsNobody = ({ outcome, kind }: OperationRecord): boolean =>
  outcome === 'succeeded' || outcome === 'superseded' || kind === 'observation';

/** ` of v2.1.0`; of a rollback ` to v2.0.5`, the version on the side to which it went. Nothing where no record knows it. */
function releaseWords({ id, kind, release, target }: OperationRecord, recent: Recent): string {
  if (kind !== 'rollback') return release === null ? '' : ` of ${release.version}`;
  const before = recent.slice(recent.findIndex((one) => one.id === id));
  const version = release?.version ?? (target === null ? null : versionOn(target, before));
  return version === null ? '' : ` to ${version}`;
}

function subjectOf(operation: OperationRecord, related: OperationRecord | null, recent: Recent): string {
  const { kind, service, trigger, release, target, outcome } = operation;
  const ended = outcome ?? 'not ended';
  if (kind !== 'rollback') {
    const version = release?.version ?? wantedVersion(trigger);
    const failed = outcome === 'succeeded' ? failedAfter(operation).map(({ name }) => name) : [];
    const but = failed.length === 0 ? '' : `, but failed: ${failed.join(', ')}`;
    return `${service}${version === null ? '' : ` ${version}`}: ${kind} ${ended}${but}`;
  }
  if (outcome === 'succeeded' && target !== null) {
    return `${service}: traffic is back on ${target}${leftWords(operation, related, recent)}`;
  }
  return `${service}: rollback ${ended}`;
}

/** What the traffic was taken away from: nothing that is worth a word when both sides run the same version. */
function leftWords(operation: OperationRecord, related: OperationRecord | null, recent: Recent): string {
  if (related === null) return '';
  if (related.desired !== null && wasSentBack(related)) return `, sent back by ${related.desired.actor}`;
  if (endedAsPlanned(operation, related)) return ', the split ended as planned';
  const { target } = operation;
  if (target === null) return '';
  const left = versionOn(otherEnvironment(target), recent);
  const back = versionOn(target, recent);
  return left === null || left === back ? '' : `, away from ${left}`;
}
