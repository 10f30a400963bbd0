import type { Operation, pipelineOf } from '../test/support/pipeline.ts';
import type { Observer } from './observer.ts';

/** Those who approve: now and then they look into their mail, and agree to what waits for them. */
export interface People {
  /** The operations that are open; null when that cannot be seen at this moment. */
  look(): Promise<Operation[] | null>;
}

const approvers = ['ana@example.com', 'ben@example.com', 'cleo@example.com'];

export function createPeople(
  pipeline: ReturnType<typeof pipelineOf>,
  observer: Observer,
  tell: (what: string) => void,
): People {
  const decided = new Set<string>();
  return {
    async look() {
      const operations = await pipeline.operations().catch(() => null);
      const open = operations?.filter(({ outcome }) => outcome === null) ?? null;
      for (const { id, state, release } of open ?? []) {
        if (state !== 'awaiting-approval' || release === null) continue;
        const { version } = release;
        const links = await pipeline.approvalLinks(version, id).catch(() => new Map<string, string>());
        for (const person of approvers) {
          const link = links.get(person);
          if (link === undefined || decided.has(link)) continue;
          // From the moment of the click on: its answer may get lost.
          observer.approved.add(version);
          const answer = await pipeline.decide(link, { decision: 'approve', version, reason: '' }).catch(() => null);
          if (answer === null || answer.status >= 500) continue;
          decided.add(link);
          tell(`${person} approves ${version}: ${answer.status}`);
        }
      }
      return open;
    },
  };
}
