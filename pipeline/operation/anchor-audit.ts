import type { Anchors } from '../../adapters/anchor/anchors.ts';
import { isEnd } from '../../core/audit/anchor.ts';
import type { CommonDeps } from '../ports.ts';
import type { BestEffort } from './best-effort.ts';
import { timestamp } from './operation-context.ts';
import { isServiceChain } from './service-chain.ts';

/**
 * A store that anchors the head of an operation's chain where nobody can change it, once the entry is written that ends the operation; of a
 * service's own chain, which never ends, after each result.
 * What fails is made up for by the guardian (pipeline/rescue/anchor-late.ts), which knows it by the mark that is missing.
 */
export function anchoring<Deps extends CommonDeps>(deps: Deps, anchors: Anchors | null, bestEffort: BestEffort): Deps {
  if (anchors === null) return deps;
  const { audit, operations } = deps.store;
  const append: typeof audit.append = async (operation, entry) => {
    const appended = await audit.append(operation, entry);
    if (isServiceChain(operation) && appended.phase === 'result') {
      const { seq, hash, at, action: outcome } = appended;
      await bestEffort(async (signal) => void (await anchors.put({ operation, seq, hash, at, outcome }, { signal })));
      return appended;
    }
    if (!isEnd(appended)) return appended;
    await bestEffort(async (signal) => {
      const outcome = (await operations.read(operation))?.outcome ?? null;
      // The outcome could not be written here: the operation is ended elsewhere.
      if (outcome === null) return;
      const { seq, hash, at } = appended;
      await anchors.put({ operation, seq, hash, at, outcome }, { signal });
      await operations.markAnchored(operation, timestamp(deps));
    });
    return appended;
  };
  return { ...deps, store: { ...deps.store, audit: { ...audit, append } } };
}
