import type { VNode } from 'preact';
import type { ApiOverview } from '../contracts/api/overview.ts';
import type { ApiService } from '../contracts/api/service.ts';
import { atWork, headlineOf, waitingWords } from './headline.ts';
import { Ago, Badge, FormButton } from './parts.tsx';
import { operationLink } from './places.ts';
import { dayAndClock } from './time.ts';
import { actorWords, capital, doingWords, type Tone } from './words.ts';

type Side = 'blue' | 'green';

const toneOf: Readonly<Record<ApiService['environments'][Side]['health'], Tone>> = {
  healthy: 'calm',
  progressing: 'work',
  degraded: 'bad',
  absent: 'wait',
  unknown: 'wait',
};

/** What is so now: one sentence, the traffic, both environments. */
export function StateView({ overview, now }: { overview: ApiOverview; now: number }): VNode {
  const { service } = overview;
  const { title, detail, tone } = headlineOf(overview);
  return (
    <section class="state" data-tone={tone} aria-labelledby="headline">
      <p class="service">
        {service.name}
        {service.host === null ? null : <span class="soft"> {service.host}</span>}
      </p>
      <h1 id="headline" tabIndex={-1}>
        {title}
      </h1>
      {detail === null ? null : <p class="detail">{detail}</p>}
      <FreezeView service={service} now={now} />
      <WindowsView service={service} />
      <TrafficView service={service} />
      <Actions overview={overview} />
      <CandidateView overview={overview} now={now} />
    </section>
  );
}

function TrafficView({ service }: { service: ApiService }): VNode {
  const { blue, green } = service.environments;
  const known = blue.weight !== null && green.weight !== null;
  return (
    <div class="traffic">
      <div
        class="bar"
        role="img"
        aria-label={known ? `Traffic: blue ${blue.weight} %, green ${green.weight} %` : 'Traffic: not known'}
        data-known={known ? 'yes' : 'no'}
      >
        <span class="blue" style={{ '--share': String(blue.weight ?? 0) }} />
        <span class="green" style={{ '--share': String(green.weight ?? 0) }} />
      </div>
      <EnvironmentView service={service} name="blue" />
      <EnvironmentView service={service} name="green" />
    </div>
  );
}

function EnvironmentView({ service, name }: { service: ApiService; name: Side }): VNode {
  const { version, digest, weight, ready, health, reason } = service.environments[name];
  const id = `environment-${name}`;
  return (
    <article class={`environment ${name}`} aria-labelledby={id}>
      <h2 id={id}>
        {capital(name)} <span class="role">{roleOf(service, name)}</span>
      </h2>
      <p class="weight">
        {weight === null ? '?' : weight} %<span class="unit"> of traffic</span>
      </p>
      <dl>
        <dt>Version</dt>
        <dd class="version" title={digest ?? undefined}>
          {version ?? (health === 'unknown' ? 'not known' : 'none')}
        </dd>
        <dt>Health</dt>
        <dd>
          <Badge tone={toneOf[health]}>{health}</Badge>
        </dd>
        <dt>Pods ready</dt>
        <dd>{ready === null ? 'not known' : ready}</dd>
      </dl>
      {reason === null ? null : (
        <p class="reason" data-tone={toneOf[health]}>
          {reason}
        </p>
      )}
    </article>
  );
}

function roleOf({ active, environments }: ApiService, name: Side): string {
  if (active === null) return '';
  const split = environments.blue.weight !== 0 && environments.green.weight !== 0;
  if (split) return active === name ? 'origin' : 'target';
  return active === name ? 'active' : 'standby';
}

function Actions({ overview }: { overview: ApiOverview }): VNode {
  const running = atWork(overview);
  const about = running?.id ?? '';
  if (overview.service.mode === 'observe') {
    return (
      <div class="actions">
        <p class="soft">Only observed: another pipeline deploys its releases, and Sluice changes nothing here.</p>
        {running === null ? null : (
          <FormButton key="abort" form="abort" about={about}>
            Abort…
          </FormButton>
        )}
      </div>
    );
  }
  return (
    <div class="actions">
      {running === null ? (
        <FormButton key="deploy" form="deploy" tone="work">
          Deploy…
        </FormButton>
      ) : null}
      <FormButton key="rollback" form="rollback" tone="bad">
        Roll back…
      </FormButton>
      {running === null || running.state === 'keeping-split' ? (
        <FormButton key="switch" form="switch-traffic">
          Switch traffic…
        </FormButton>
      ) : null}
      {running === null ? null : (
        <FormButton key="abort" form="abort" about={about}>
          Abort…
        </FormButton>
      )}
      {running?.state === 'awaiting-window' ? (
        <FormButton key="window" form="override-window" about={about}>
          Pass its window…
        </FormButton>
      ) : null}
      {running?.state === 'shifting-traffic' && running.pausedBecause === null && running.kind !== 'rollback' ? (
        <FormButton key="pause" form="pause" about={about}>
          Pause…
        </FormButton>
      ) : null}
      {running?.state === 'shifting-traffic' && running.pausedBecause === null && running.kind !== 'switch-traffic' ? (
        <FormButton key="promote" form="promote" about={about}>
          Promote…
        </FormButton>
      ) : null}
      {running?.pausedBecause ? (
        <FormButton key="resume" form="resume" about={about}>
          Resume…
        </FormButton>
      ) : null}
      <FormButton key="hold" form="hold">
        Hold a version…
      </FormButton>
      {overview.service.lock.holder === null ? null : (
        <FormButton key="unlock" form="unlock">
          Unlock…
        </FormButton>
      )}
      {overview.service.frozen !== null ? (
        <FormButton key="unfreeze" form="unfreeze">
          End the freeze…
        </FormButton>
      ) : (
        <FormButton key="freeze" form="freeze">
          Freeze…
        </FormButton>
      )}
    </div>
  );
}

/** The hotfix that waits behind the operation at work, else the newest release that does, and for what. */
function CandidateView({ overview, now }: { overview: ApiOverview; now: number }): VNode | null {
  const { candidate, inProgress } = overview.service;
  if (candidate === null || candidate.operation === atWork(overview)?.id) return null;
  const { version, operation, at } = candidate;
  const own = inProgress.find(({ id }) => id === operation);
  const waiting = own?.waiting ?? null;
  return (
    <p class="aside">
      <a href={operationLink(operation)}>{version}</a>
      {` (${operation}), since `}
      <Ago at={at} now={now} />
      {`: ${waiting === null ? `${doingWords(own?.state ?? 'gathering-evidence')}.` : waitingWords(waiting)}`}
    </p>
  );
}

function FreezeView({ service: { frozen }, now }: { service: ApiService; now: number }): VNode | null {
  if (frozen === null) return null;
  return (
    <p class="aside">
      {'Frozen '}
      <Ago at={frozen.at} now={now} />
      {` by ${actorWords(frozen.by)}`}
      {frozen.operation === null ? null : (
        <>
          , in <a href={operationLink(frozen.operation)}>this operation</a>
        </>
      )}
      . Nothing is deployed until somebody ends the freeze.
    </p>
  );
}

/** Why no deployment may begin now, by which window, and when one may; nothing while it is open. */
function WindowsView({ service: { windows } }: { service: ApiService }): VNode | null {
  if (windows == null || windows.state === 'open') return null;
  const { text, change, outside } = windows;
  const opens =
    change === null ? 'It does not open within a year.' : `${change.text} at ${dayAndClock(Date.parse(change.at))}.`;
  return <p class="aside">{`Deployment window: ${text} ${opens} ${outside}`}</p>;
}
