import type { Operation, pipelineOf } from '../test/support/pipeline.ts';
import type { Observer } from './observer.ts';
import type { Approval } from './schedule.ts';

/** Those who approve: now and then they look into their mail, and agree to what waits for them. */
export interface People {
  /** The operations that are open; null when that cannot be seen at this moment. */
  look(): Promise<Operation[] | null>;
}

/** Of sandbox/sluice.yaml: one of two for `devops`, and the `ml-lead`. */
const approvers = { devops: ['ana@example.com', 'ben@example.com'], lead: 'cleo@example.com' };

/** @param approvals what is thought of each version; of any other, only good. */
export function createPeople(
  pipeline: ReturnType<typeof pipelineOf>,
  observer: Observer,
  approvals: ReadonlyMap<string, Approval>,
  tell: (what: string) => void,
): People {
  const decided = new Set<string>();
  const decide = async (id: string, version: string): Promise<void> => {
    const links = await pipeline.approvalLinks(version, id).catch(() => new Map<string, string>());
    const approval = approvals.get(version) ?? 'granted';
    const askedNow = approval === 'partial' ? approvers.devops : [...approvers.devops, approvers.lead];
    for (const person of askedNow) {
      const link = links.get(person);
      if (link === undefined || decided.has(link)) continue;
      const decision = approval === 'rejected' && person === approvers.lead ? 'reject' : 'approve';
      // From the moment of the last click on: its answer may get lost.
      if (decision === 'approve' && person === approvers.lead) observer.approved.add(version);
      const reason = decision === 'reject' ? 'not today' : '';
      const answer = await pipeline.decide(link, { decision, version, reason }).catch(() => null);
      if (answer === null || answer.status >= 500) continue;
      decided.add(link);
      tell(`${person}: ${decision} ${version}: ${answer.status}`);
    }
  };
  return {
    async look() {
      const operations = await pipeline.operations().catch(() => null);
      const open = operations?.filter(({ outcome }) => outcome === null) ?? null;
      for (const { id, state, release } of open ?? []) {
        if (state === 'awaiting-approval' && release !== null) await decide(id, release.version);
      }
      return open;
    },
  };
}
