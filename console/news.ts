import type { ApiOverview } from '../contracts/api/overview.ts';
import { trafficWords } from './headline.ts';
import { capital, doingWords, operationName, outcomeWords } from './words.ts';

/** What changed between two looks at the same service, in sentences to be read out. Empty when nothing worth hearing did. */
export function newsOf(before: ApiOverview, after: ApiOverview): string[] {
  if (before.service.name !== after.service.name) return [];
  const news: string[] = [];
  const { environments: was, frozen: wasFrozen } = before.service;
  const { environments: is, frozen } = after.service;
  if (frozen !== null && wasFrozen === null) news.push(`Frozen: ${frozen.reason}`);
  if (frozen === null && wasFrozen !== null) news.push('No longer frozen.');
  if (was.blue.weight !== is.blue.weight) news.push(trafficWords(after));
  for (const name of ['blue', 'green'] as const) {
    const { health } = is[name];
    const bad = health === 'degraded' || health === 'unknown';
    if (health !== was[name].health && (bad || was[name].health === 'degraded'))
      news.push(`${capital(name)} is ${health}.`);
  }
  for (const operation of [...after.history].reverse()) {
    const earlier = before.history.find(({ id }) => id === operation.id);
    // What was already over when it was first seen is history.
    if (earlier === undefined && operation.outcome !== null && before.history.length > 0) continue;
    if (earlier?.state === operation.state && earlier.outcome === operation.outcome) continue;
    const name = operationName(operation, after.history);
    const { outcome, reason } = operation;
    if (outcome !== null) news.push(`${name}: ${outcomeWords({ outcome, reason }).text}.`);
    else news.push(`${name}: ${doingWords(operation.state)}.`);
  }
  return news;
}
