import { type Anchors, createAnchors } from '../../adapters/anchor/anchors.ts';
import { createEventBus } from '../../adapters/events/event-bus.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { announcing, type Telling, tellAtOnce, tellLater } from '../../pipeline/notice/announce.ts';
import { anchoring } from '../../pipeline/operation/anchor-audit.ts';
import { type AsideOptions, asideAtOnce, asideLater } from '../../pipeline/operation/aside.ts';
import type { CommonDeps } from '../../pipeline/ports.ts';
import { awsOptions, type Environment, requireVariables } from './environment.ts';
import { functionLog } from './log.ts';

/** The bus of a function that tells of what it writes. */
function ownBus(environment: Environment): Telling {
  const { SLUICE_EVENT_BUS: bus } = requireVariables(environment, 'SLUICE_EVENT_BUS');
  return { bus: createEventBus({ ...awsOptions(environment, 'EVENTBRIDGE'), bus }), log: functionLog };
}

/** Configuration, clock, and a store that tells at once of what is written into it. */
export const announcingDeps = <Deps extends CommonDeps>(environment: Environment, deps: Deps): Deps =>
  announcing(deps, tellAtOnce(ownBus(environment)));

/** The bucket in which this installation anchors its audit; null when it does not. */
export const auditBucketOf = (environment: Environment, { configuration }: Pick<CommonDeps, 'configuration'>) =>
  configuration.audit.anchor && requireVariables(environment, 'SLUICE_AUDIT_BUCKET').SLUICE_AUDIT_BUCKET;

/** The same, to write to. */
export function ownAnchors(environment: Environment, deps: Pick<CommonDeps, 'configuration'>): Anchors | null {
  const bucket = auditBucketOf(environment, deps);
  return bucket === null ? null : createAnchors({ ...awsOptions(environment, 'S3'), bucket, within: seconds(3) });
}

const anchoringAside: AsideOptions = {
  neighbour: 'S3',
  attempted: 'anchoring an audit; the guardian makes up for it',
  log: functionLog,
};

const sealingAside: AsideOptions = {
  neighbour: 'KMS',
  attempted: 'sealing the audit; the guardian makes up for it',
  log: functionLog,
};

/** Configuration, clock, and a store that anchors at once. */
export const anchoringDeps = <Deps extends CommonDeps>(environment: Environment, deps: Deps): Deps =>
  anchoring(deps, ownAnchors(environment, deps), asideAtOnce(anchoringAside));

/** What a function keeps for the end: events, anchors and seals that are missing wait until the traffic is where it belongs, or the lock is free. */
export function keepEffects<Deps extends CommonDeps>(
  environment: Environment,
  bare: Deps,
  within: Milliseconds = seconds(3),
): { readonly deps: Deps; readonly tellKept: () => Promise<void> } {
  const { tell, tellKept } = tellLater({ ...ownBus(environment), within });
  const { aside, doKept } = asideLater({ ...anchoringAside, within });
  const seal = asideAtOnce({ ...sealingAside, within });
  return {
    deps: announcing(anchoring(bare, ownAnchors(environment, bare), aside), tell),
    tellKept: async () => void (await Promise.all([tellKept(), doKept(), seal(() => bare.store.audit.sealKept())])),
  };
}
