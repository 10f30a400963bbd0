/** What came in, what was done, and how well it goes: lists over all services. */
import type { ComponentChildren, VNode } from 'preact';
import type { ApiAuditList } from '../contracts/api/audit-list.ts';
import type { ApiDeliveryList } from '../contracts/api/deliveries.ts';
import type { ApiMetrics, DeliveryMetrics, Spread } from '../contracts/api/metrics.ts';
import { amount } from '../contracts/words.ts';
import { Ago, Badge, SameCommand } from './parts.tsx';
import { operationLink, serviceLink } from './places.ts';
import { dayAndClock, duration, exact } from './time.ts';
import { actionWords } from './timeline.ts';
import { actorWords, type Tone } from './words.ts';

const Page = ({
  title,
  says,
  command,
  children,
}: {
  title: string;
  says: string;
  command: string;
  children: ComponentChildren;
}): VNode => (
  <section class="section first" aria-labelledby="page">
    <h1 id="page" tabIndex={-1}>
      {title}
    </h1>
    <p class="soft">
      {says} <SameCommand command={command} />
    </p>
    <div class="card">{children}</div>
  </section>
);

const accepted: Readonly<Record<ApiDeliveryList['deliveries'][number]['accepted'], { text: string; tone: Tone }>> = {
  started: { text: 'started', tone: 'calm' },
  paused: { text: 'paused', tone: 'wait' },
  ignored: { text: 'nothing', tone: 'wait' },
};

export const DeliveriesView = ({ list: { deliveries }, now }: { list: ApiDeliveryList; now: number }): VNode => (
  <Page
    title="Deliveries"
    says="The latest requests of GitHub, Alertmanager and people, and what each one started."
    command="sluice deliveries"
  >
    {deliveries.length === 0 ? (
      <p class="soft">There are no requests yet.</p>
    ) : (
      <table>
        <caption class="unseen">Deliveries, newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">From</th>
            <th scope="col">Led to</th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map(({ id, source, service, at, accepted: kind, reason, operation }) => (
            <tr key={`${source} ${id} ${at}`}>
              <td>
                <Ago at={at} now={now} />
              </td>
              <td>
                {source}
                {service === null ? null : <span class="why">{service}</span>}
              </td>
              <td>
                <Badge tone={accepted[kind].tone}>{accepted[kind].text}</Badge>
                <span class="why">
                  {reason}{' '}
                  {kind === 'started' && operation !== null ? <a href={operationLink(operation)}>Look</a> : null}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </Page>
);

export function AuditView({ list: { entries, next } }: { list: ApiAuditList }): VNode {
  const newest = entries.toSorted((a, b) => b.at - a.at);
  return (
    <Page
      title="Audit"
      says={`What was done in the last 24 hours, by whom and why.${next === null ? '' : ' There are more entries than this page shows.'}`}
      command="sluice audit list"
    >
      {newest.length === 0 ? (
        <p class="soft">Nothing was done.</p>
      ) : (
        <table>
          <caption class="unseen">Entries of the audit, newest first</caption>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col" class="wide">
                Service
              </th>
            </tr>
          </thead>
          <tbody>
            {newest.map(({ operation, seq, at, actor, action, phase, details, service }) => (
              <tr key={`${operation} ${seq}`}>
                <td>
                  <time dateTime={new Date(at).toISOString()} title={exact(at)}>
                    {dayAndClock(at)}
                  </time>
                </td>
                <td>{actorWords(actor)}</td>
                <td>
                  {operation.startsWith('service:') ? (
                    actionWords(action)
                  ) : (
                    <a href={operationLink(operation)}>{actionWords(action)}</a>
                  )}
                  {phase === 'intent' ? <span class="soft"> (intent)</span> : null}
                  {typeof details.reason === 'string' ? <span class="why">{details.reason}</span> : null}
                </td>
                <td class="wide">{service}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Page>
  );
}

const columns: readonly { readonly name: string; readonly of: (metrics: DeliveryMetrics) => string }[] = [
  { name: 'Deployments begun', of: ({ deployments }) => String(deployments.began) },
  { name: 'Succeeded a day', of: ({ deploymentFrequency }) => amount(deploymentFrequency, undefined, 2) },
  { name: 'Lead time', of: ({ leadTime }) => spreadWords(leadTime) },
  { name: 'Change failure rate', of: ({ changeFailureRate }) => shareWords(changeFailureRate) },
  { name: 'Time to restore', of: ({ timeToRestore }) => spreadWords(timeToRestore) },
  { name: 'Success rate', of: ({ successRate }) => shareWords(successRate) },
];

const shareWords = (share: number | null): string => (share === null ? '–' : amount(share, 'ratio'));
const spreadWords = (spread: Spread | null): string =>
  spread === null ? '–' : `${duration(spread.median)}, p90 ${duration(spread.p90)}`;

/** A line for each service that deployed, and one for all. */
export const MetricsView = ({ metrics: { from, to, all, services } }: { metrics: ApiMetrics }): VNode => (
  <Page
    title="Metrics"
    says={`DORA’s metrics, from ${dayAndClock(Date.parse(from))} to ${dayAndClock(Date.parse(to))}; a time is its median.`}
    command="sluice metrics"
  >
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached without a mouse (WCAG 2.1.1). */}
    <section class="output plain" tabIndex={0} aria-label="Metrics of each service">
      <table class="metrics">
        <thead>
          <tr>
            <th scope="col">Service</th>
            {columns.map(({ name }) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {services
            .filter(({ metrics }) => metrics.deployments.began > 0)
            .map(({ service, metrics }) => (
              <MetricsRow key={service} metrics={metrics}>
                <a href={serviceLink(service)}>{service}</a>
              </MetricsRow>
            ))}
          <MetricsRow metrics={all}>All</MetricsRow>
        </tbody>
      </table>
    </section>
  </Page>
);

const MetricsRow = ({ metrics, children }: { metrics: DeliveryMetrics; children: ComponentChildren }): VNode => (
  <tr>
    <th scope="row">{children}</th>
    {columns.map(({ name, of }) => (
      <td key={name}>{of(metrics)}</td>
    ))}
  </tr>
);
