import type { pipelineOf } from '../test/support/pipeline.ts';
import type { Machine } from './machine/machine.ts';
import type { Act, Behaviour } from './schedule.ts';
import type { World } from './world.ts';

type Pipeline = ReturnType<typeof pipelineOf>;
type Payload = Awaited<ReturnType<Pipeline['workflowRunPayload']>>;

const service = 'chest-xray-mlops';
const reason = 'it was in the schedule';

const well = { errorRate: 0, latencyMs: 0, unhealthy: false, crashing: false };
const faultOf: Readonly<Record<Behaviour, typeof well>> = {
  good: well,
  failing: { ...well, errorRate: 0.3 },
  slow: { ...well, latencyMs: 4_000 },
  unhealthy: { ...well, unhealthy: true },
  crashing: { ...well, crashing: true },
};

/** Does what a schedule says, as the people and systems around Sluice would. @returns what `perform` is. */
export function createActs({ time }: Machine, world: World, pipeline: Pipeline, tell: (what: string) => void) {
  let delivered: Payload | null = null;
  const post = async (path: string, body: unknown) => {
    const { status, body: answer } = await pipeline.post(path, body);
    if (status >= 400) tell(`  ${status} ${JSON.stringify(answer).slice(0, 200)}`);
  };
  const newest = async () => (await pipeline.operations()).find(({ outcome }) => outcome === null);

  const perform = async (act: Act): Promise<void> => {
    switch (act.do) {
      case 'deploy': {
        const { workflowRunPayload } = await pipeline.release(act.version);
        await pipeline.fault({ version: act.version, ...faultOf[act.behaviour] });
        if (act.hotfix) {
          return post('/api/deployments', { service, version: act.version, type: 'hotfix', justification: reason });
        }
        delivered = workflowRunPayload;
        await pipeline.deliver(workflowRunPayload);
        return;
      }
      case 'deliver-again':
        if (delivered !== null) await pipeline.deliver(delivered);
        return;
      case 'alert':
        await pipeline.alert(act.about === null ? {} : { environment: act.about }, act.status);
        return;
      case 'abort':
      case 'pause':
      case 'promote':
      case 'resume': {
        const operation = await newest();
        if (operation !== undefined) await post(`/api/operations/${operation.id}/${act.do}`, { reason });
        return;
      }
      case 'unlock':
      case 'freeze':
      case 'unfreeze':
        return post(`/api/services/${service}/${act.do}`, { reason });
      case 'release-holds':
        for (const { version } of (await pipeline.service()).holds) {
          await post(`/api/services/${service}/holds/release`, { version, reason });
        }
        return;
      case 'roll-back':
        return post('/api/rollbacks', { service, version: 'last-known-good', reason, emergency: act.emergency });
      case 'switch': {
        const from = act.to === 'blue' ? 'green' : 'blue';
        return post(`/api/services/${service}/traffic`, { from, to: act.to, percentage: act.percentage, reason });
      }
      case 'spoil': {
        const { active, environments } = await pipeline.service();
        const standby = active === 'blue' ? 'green' : 'blue';
        const { version } = environments[act.side === 'active' ? active : standby];
        if (version !== null) await pipeline.fault({ version, ...faultOf[act.behaviour] });
        return;
      }
      case 'break': {
        const { dependency, fault, skip, times, delayMs, forMs } = act;
        await pipeline.dependency({ dependency, fault, skip, delayMs, ...(times === null ? {} : { times }) });
        setTimeout(() => void pipeline.heal(dependency).catch(() => undefined), forMs);
        return;
      }
      case 'kill':
        return world.kill(act.function, act.call, act.sent);
      case 'set-clock':
        return time.set(time.now() + act.byMs);
    }
  };
  return {
    /** What it meets in a broken world is part of the story, and no error. */
    perform: (act: Act) => perform(act).catch((error: Error) => tell(`  ${error.message.slice(0, 200)}`)),
  };
}
