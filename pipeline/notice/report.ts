import { html } from 'hono/html';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { wantedVersion } from '../../contracts/trigger.ts';
import { timeWords, weightWords } from '../../contracts/words.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { describeTrigger, type Fact, hasMoved, readSummary } from '../approval/deployment-summary.ts';
import { audited, sluice } from '../operation/audited.ts';
import { closeIntents } from '../operation/close-intents.ts';
import { doneBefore } from '../operation/done-before.ts';
import { loadOperation } from '../operation/operation-context.ts';
import type { NotifyDeps } from '../ports.ts';
import { factLines, mailDocument } from './mail-document.ts';
import { linksOf } from './service-links.ts';

const action = 'report';
/** A diagnosis holds logs; a mail shows their beginning. */
const longestFinding = 1_000;

/** Tells `notify.deployments` how an operation ended, once. A rollback's report says what was returned, and why. */
export async function report(deps: NotifyDeps, execution: Execution): Promise<ResultOf<'report'>> {
  const { operation, service } = await loadOperation(deps, execution);
  const to = service.notify.deployments;
  if (to.length === 0) return { outcome: 'nobody' };
  if (await doneBefore(deps.store, operation.id, action)) {
    await closeIntents(deps, operation.id, [action]);
    return { outcome: 'reported-before' };
  }
  const related = operation.related === null ? null : await deps.store.operations.read(operation.related);
  const mail = await compose(deps, operation, service, related);
  const sent = await audited(deps, { operation: operation.id, action, actor: sluice, wanted: { to } }, () =>
    deps.mailer.send({
      from: deps.configuration.mail.from,
      to,
      ...mail,
      tags: { operation: operation.id, kind: 'report' },
    }),
  );
  // The operation has ended, so nobody else gives a result to the intent of a report that died on its way (I9).
  await closeIntents(deps, operation.id, [action]);
  return { outcome: sent.kind === 'sent' ? 'reported' : 'rejected' };
}

async function compose(
  deps: NotifyDeps,
  operation: OperationRecord,
  service: ServiceConfiguration,
  related: OperationRecord | null,
) {
  const summary = await readSummary(deps.store, operation, service);
  const recent = await recentOf(deps.store, operation, related);
  const subject = subjectOf(operation, related, recent);
  const ended: Fact[] = [
    { name: 'Outcome', value: operation.outcome ?? 'not ended' },
    { name: 'Reason', value: operation.reason ?? 'none given' },
    ...servingNow(recent),
    ...(operation.endedAt === null ? [] : [{ name: 'Ended', value: timeWords(operation.endedAt) }]),
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
          { name: 'Why', value: describeTrigger(operation.trigger) },
        ];
  const diagnosis: Fact[] = operation.diagnosis.map((finding, index) => ({
    name: index === 0 ? 'Summary' : `Finding ${index}`,
    value: finding.slice(0, longestFinding),
  }));
  const links = [
    { name: 'Console', value: deps.configuration.urls.console, url: deps.configuration.urls.console },
    ...linksOf(service, { environment: operation.target, version: operation.release?.version ?? null }),
  ];
  const sections = [
    { facts: ended },
    { title: 'What was returned', facts: returned },
    { title: 'Release', facts: summary.facts },
    { title: 'Checks', facts: summary.checks },
    { title: 'Diagnosis', facts: diagnosis },
    { title: 'Links', facts: links },
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
    html: mailDocument({ title: subject, lead: html`<p>${operation.reason ?? ''}</p>`, sections }),
  };
}

/** What happened to the service lately, the operation first, then by when each ended: under one lock they came one after the other. */
async function recentOf(
  { operations }: NotifyDeps['store'],
  operation: OperationRecord,
  related: OperationRecord | null,
) {
  const listed = await operations.list(operation.service, 20);
  const known = related === null || listed.some(({ id }) => id === related.id) ? listed : [related, ...listed];
  const others = known.filter(({ id }) => id !== operation.id);
  const ended = ({ endedAt }: OperationRecord) => (endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(endedAt));
  return [operation, ...others.toSorted((a, b) => ended(b) - ended(a))] as const;
}

type Recent = Awaited<ReturnType<typeof recentOf>>;

/** What serves at the end of an operation, by the weights that it wrote or read last; by what was live if it never came to that. */
function servingNow(recent: Recent): Fact[] {
  const [operation, ...others] = recent;
  const { weights, live, startedAt } = operation;
  if (weights === null) {
    if (live === null) return [];
    const movedMeanwhile = others.some(
      (other) => hasMoved(other) && (other.endedAt === null || Date.parse(other.endedAt) > Date.parse(startedAt)),
    );
    return movedMeanwhile
      ? [{ name: 'Live when it looked', value: `${live.version} on ${live.environment}` }]
      : [{ name: 'Live now', value: `${live.version} on ${live.environment}, with all of the traffic` }];
  }
  const side = soleEnvironment(weights);
  if (side === null) return [{ name: 'Traffic', value: weightWords(weights) }];
  const version = versionOn(side, recent);
  return [{ name: 'Live now', value: `${version === null ? '' : `${version} on `}${side}, with all of the traffic` }];
}

/** Which version runs on a side, by the newest record that knows it. Null when none does, or when the newest one did not get that far. */
function versionOn(side: EnvironmentName, recent: readonly OperationRecord[]): string | null {
  for (const { kind, target, release, live, gitCommit, shiftedAt, outcome } of recent) {
    if (side === target && release !== null) {
      if (kind === 'switch-traffic' || shiftedAt !== null || outcome === 'succeeded') return release.version;
      if (gitCommit !== null) return null;
    }
    // What never had the lock may have looked long before others moved the traffic.
    if (target !== null && live?.environment === side) return live.version;
  }
  return null;
}

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
    return `${service}${version === null ? '' : ` ${version}`}: ${kind} ${ended}`;
  }
  if (outcome === 'succeeded' && target !== null) {
    return `${service}: traffic is back on ${target}${leftWords(operation, related, recent)}`;
  }
  return `${service}: rollback ${ended}`;
}

/** What the traffic was taken away from: nothing that is worth a word when both sides run the same version. */
function leftWords(operation: OperationRecord, related: OperationRecord | null, recent: Recent): string {
  if (related === null) return '';
  if (endedAsPlanned(operation, related)) return ', the split ended as planned';
  const { target } = operation;
  if (target === null) return '';
  const left = versionOn(otherEnvironment(target), recent);
  const back = versionOn(target, recent);
  return left === null || left === back ? '' : `, away from ${left}`;
}

/** Whether a split by hand came to the deadline that its person had set; one that was paused came to the deadline of the pause. */
const endedAsPlanned = ({ trigger }: OperationRecord, related: OperationRecord): boolean =>
  trigger.kind === 'failure' &&
  trigger.cause === 'expired' &&
  related.kind === 'switch-traffic' &&
  related.pausedBecause === null;
