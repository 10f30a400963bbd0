import { html } from 'hono/html';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { timeWords, weightWords } from '../../contracts/words.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { describeTrigger, type Fact, readSummary } from '../approval/deployment-summary.ts';
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
  const subject = subjectOf(operation, related);
  const ended: Fact[] = [
    { name: 'Outcome', value: operation.outcome ?? 'not ended' },
    { name: 'Reason', value: operation.reason ?? 'none given' },
    ...servingNow(operation, related),
    ...(operation.endedAt === null ? [] : [{ name: 'Ended', value: timeWords(operation.endedAt) }]),
  ];
  const returned: Fact[] =
    related === null
      ? []
      : [
          {
            name: 'Returned',
            value: `${related.kind} ${related.id} of ${related.release?.version ?? 'an unknown version'}`,
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

/** What serves at the end of an operation, by the weights that it wrote or read last: not what was live when it began. */
function servingNow(operation: OperationRecord, related: OperationRecord | null): Fact[] {
  const { weights } = operation;
  if (weights === null) return [];
  const side = soleEnvironment(weights);
  if (side === null) return [{ name: 'Traffic', value: weightWords(weights) }];
  const version = versionOn(side, operation) ?? (related === null ? null : versionOn(side, related));
  return [{ name: 'Live now', value: `${version === null ? '' : `${version} on `}${side}, with all of the traffic` }];
}

/** Which version an operation left on a side, as far as its record knows. */
const versionOn = (side: EnvironmentName, { target, release, live }: OperationRecord): string | null => {
  if (side === target && release !== null) return release.version;
  return live?.environment === side ? live.version : null;
};

function subjectOf(operation: OperationRecord, related: OperationRecord | null): string {
  const { kind, service, release, target, outcome } = operation;
  const ended = outcome ?? 'not ended';
  if (kind !== 'rollback') return `${service} ${release?.version ?? ''}: ${kind} ${ended}`.replace(/ +/g, ' ');
  if (outcome === 'succeeded' && target !== null) {
    return `${service}: traffic is back on ${target}${leftWords(operation, related)}`;
  }
  return `${service}: rollback ${ended}`;
}

/** What the traffic was taken away from: nothing that is worth a word when both sides run the same version. */
function leftWords(operation: OperationRecord, related: OperationRecord | null): string {
  if (related === null) return '';
  if (endedAsPlanned(operation, related)) return ', the split ended as planned';
  const { target } = operation;
  const back = target === null ? null : (versionOn(target, operation) ?? versionOn(target, related));
  const left = related.release?.version ?? null;
  return left === null || left === back ? '' : `, away from ${left}`;
}

/** Whether a split by hand came to the deadline that its person had set; one that was paused came to the deadline of the pause. */
const endedAsPlanned = ({ trigger }: OperationRecord, related: OperationRecord): boolean =>
  trigger.kind === 'failure' &&
  trigger.cause === 'expired' &&
  related.kind === 'switch-traffic' &&
  related.pausedBecause === null;
