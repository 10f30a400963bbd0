/** GitHub's word for where `head` is, seen from `base`. */
export type CompareStatus = 'ahead' | 'behind' | 'identical' | 'diverged';

/** Where a release is, seen from the one it competes with. Only a newer one may take its place (DESIGN §5, deployment). */
export type ReleaseOrder = 'newer' | 'older' | 'same' | 'diverged';

/** Translates a comparison with the other release's commit as `base` and this one's as `head`. */
export function decideOrder(status: CompareStatus): ReleaseOrder {
  const orders = { ahead: 'newer', behind: 'older', identical: 'same', diverged: 'diverged' } as const;
  return orders[status];
}
