import { type Anchors, createAnchors } from '../../adapters/anchor/anchors.ts';
import { seconds } from '../../contracts/duration.ts';
import { isEnd } from '../../core/audit/anchor.ts';
import { awsOptions, type Environment, requireVariables } from '../../functions/runtime/environment.ts';
import { functionLog } from '../../functions/runtime/log.ts';
import { type Aside, type AsideOptions, asideAtOnce } from './aside.ts';
import { type CommonDeps, timestamp } from './operation-context.ts';

/** The bucket in which this installation anchors its audit; null when it does not. */
export const auditBucketOf = (environment: Environment, { configuration }: Pick<CommonDeps, 'configuration'>) =>
  configuration.audit.anchor && requireVariables(environment, 'SLUICE_AUDIT_BUCKET').SLUICE_AUDIT_BUCKET;

/** The same, to write to. */
export function ownAnchors(environment: Environment, deps: Pick<CommonDeps, 'configuration'>): Anchors | null {
  const bucket = auditBucketOf(environment, deps);
  return bucket === null ? null : createAnchors({ ...awsOptions(environment, 'S3'), bucket, within: seconds(3) });
}

export const anchoringAside: AsideOptions = {
  neighbour: 'S3',
  attempted: 'anchoring an audit; the guardian makes up for it',
  log: functionLog,
};

/**
 * A store that anchors the head of an operation's chain where nobody can change it, once the entry is written that ends the operation.
 * What fails is made up for by the guardian (guardian/anchor-late.ts), which knows it by the mark that is missing.
 */
export function anchoring<Deps extends CommonDeps>(deps: Deps, anchors: Anchors | null, aside: Aside): Deps {
  if (anchors === null) return deps;
  const { audit, operations } = deps.store;
  const append: typeof audit.append = async (operation, entry) => {
    const appended = await audit.append(operation, entry);
    if (!isEnd(appended)) return appended;
    await aside(async (signal) => {
      const outcome = (await operations.read(operation))?.outcome ?? null;
      // Whoever was to write the outcome failed: somebody else ends it.
      if (outcome === null) return;
      const { seq, hash, at } = appended;
      await anchors.put({ operation, seq, hash, at, outcome }, { signal });
      await operations.markAnchored(operation, timestamp(deps));
    });
    return appended;
  };
  return { ...deps, store: { ...deps.store, audit: { ...audit, append } } };
}

/** Configuration, clock, and a store that anchors at once. */
export const anchoringDeps = <Deps extends CommonDeps>(environment: Environment, deps: Deps): Deps =>
  anchoring(deps, ownAnchors(environment, deps), asideAtOnce(anchoringAside));
