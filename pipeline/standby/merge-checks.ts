import type { CheckResult } from '../../contracts/records/operation.ts';

/** The newest result of each check, in the order in which the checks first came. */
export function mergeChecks(before: readonly CheckResult[], newer: readonly CheckResult[]): CheckResult[] {
  const merged = new Map(before.map((check) => [check.name, check]));
  for (const check of newer) merged.set(check.name, check);
  return [...merged.values()];
}
