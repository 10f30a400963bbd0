import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ApiServiceLine, ApiSummary } from '../contracts/api/summary.ts';
import { Ago, Badge, SameCommand } from './parts.tsx';
import { operationLink, serviceLink } from './places.ts';
import { listed, standingOf } from './service-lines.ts';
import { outcomeWords } from './words.ts';

/** All services: what is live, what needs a person, and how the last operation ended. */
export function ServicesView({ summary, now }: { summary: ApiSummary; now: number }): VNode {
  const [typed, setTyped] = useState('');
  const { services } = summary;
  const lines = listed(services, typed);
  const waiting = services.filter((line) => ['bad', 'wait'].includes(standingOf(line).tone)).length;
  return (
    <section class="section first" aria-labelledby="page">
      <h1 id="page" tabIndex={-1}>
        Services
      </h1>
      <p class="soft">
        {waiting === 0 ? 'None of them waits for a person.' : `${waiting} of ${services.length} may need a person.`}{' '}
        <SameCommand command="sluice status" />
      </p>
      <p class="field search">
        <label for="filter">Show only</label>
        <input
          id="filter"
          type="search"
          autocomplete="off"
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </p>
      <div class="card">
        <table class="services">
          <caption class="unseen">Services, those first that may need a person</caption>
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">State</th>
              <th scope="col">Live</th>
              <th scope="col" class="wide">
                Last operation
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <ServiceRow key={line.name} line={line} now={now} />
            ))}
          </tbody>
        </table>
        {lines.length === 0 ? <p class="soft">{`No service matches “${typed}”.`}</p> : null}
      </div>
    </section>
  );
}

function ServiceRow({ line, now }: { line: ApiServiceLine; now: number }): VNode {
  const { name, active, version, weights, atWork, last } = line;
  const { text, detail, tone } = standingOf(line);
  return (
    <tr>
      <th scope="row">
        <a href={serviceLink(name)}>{name}</a>
      </th>
      <td>
        <Badge tone={tone}>{text}</Badge>
        {detail === null ? null : (
          <span class="why">
            {detail} {atWork === null ? null : <a href={operationLink(atWork.id)}>Look</a>}
          </span>
        )}
      </td>
      <td>
        {version ?? 'not known'}
        {active === null || weights === null ? null : <span class="why">{`${active}, ${weights[active]} %`}</span>}
      </td>
      <td class="wide">
        {last === null ? (
          '–'
        ) : (
          <>
            <a href={operationLink(last.id)}>{outcomeWords(last).text}</a>
            {last.endedAt === null ? null : (
              <span class="why">
                <Ago at={last.endedAt} now={now} />
              </span>
            )}
          </>
        )}
      </td>
    </tr>
  );
}
