import { environments, type History, type RouteSeen } from './history.ts';

/** I1, I4, I12: weights sum to 100, an epoch belongs to one operation, and neither epoch nor number of writes goes back. */
export function badRoutes(seen: readonly RouteSeen[]): string[] {
  const problems: string[] = [];
  const owners = new Map<number, string>();
  let before: RouteSeen['fence'] = null;
  for (const { weights, fence } of seen) {
    const numbers = weights.map(({ weight }) => weight);
    const sum = numbers.reduce((total, weight) => total + weight, 0);
    if (sum !== 100 || !numbers.every((weight) => Number.isInteger(weight) && weight >= 0)) {
      problems.push(`I1: the weights were ${JSON.stringify(numbers)}`);
    }
    if (fence === null) continue;
    const owner = owners.get(fence.epoch);
    if (owner !== undefined && owner !== fence.operation) {
      problems.push(`I4: epoch ${fence.epoch} was written by ${owner} and by ${fence.operation}`);
    }
    owners.set(fence.epoch, fence.operation);
    if (before !== null && (fence.epoch < before.epoch || (fence.epoch === before.epoch && fence.seq < before.seq))) {
      problems.push(`I12: after write ${before.epoch}.${before.seq} came ${fence.epoch}.${fence.seq}`);
    }
    before = fence;
  }
  return problems;
}

/** I12: the autoscaler of an environment is not written by an older holder than before. */
export function staleCapacity({ autoscalers }: Pick<History, 'autoscalers'>): string[] {
  return environments.flatMap((environment) => {
    const fences = autoscalers.filter((seen) => seen.environment === environment).map(({ fence }) => fence);
    let newest: { epoch: number; operation: string } | null = null;
    const problems: string[] = [];
    for (const fence of fences) {
      if (fence === null) continue;
      if (newest !== null && fence.epoch < newest.epoch) {
        problems.push(`I12: ${environment}'s capacity was set in epoch ${fence.epoch} after epoch ${newest.epoch}`);
      }
      newest = fence;
    }
    return problems;
  });
}

/** I12: the commits of an environment's branch, oldest first, are not from an older holder than those before. */
export function staleCommits(branch: string, epochs: readonly number[]): string[] {
  return epochs.flatMap((epoch, index) => {
    const before = epochs[index - 1];
    return before !== undefined && epoch < before
      ? [`I12: on ${branch} a commit of epoch ${epoch} follows one of epoch ${before}`]
      : [];
  });
}

/** I2: no production request goes to an environment that has never had weight. */
export function strayRequests(totals: Record<string, Record<string, number>>, seen: readonly RouteSeen[]): string[] {
  return Object.values(totals).flatMap((byEnvironment) =>
    environments
      .filter((name) => (byEnvironment[name] ?? 0) > 0 && !seen.some((state) => state[name] > 0))
      .map((name) => `I2: ${byEnvironment[name]} requests went to ${name}, which never had weight`),
  );
}
