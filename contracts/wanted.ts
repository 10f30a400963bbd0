import type { Weights } from './names.ts';
import { podWords, weightWords } from './words.ts';

/**
 * What the audit has of an intent, in words: `3 pods on green`, `blue 75 %, green 25 %`. It is outside text: what has another shape is
 * left out.
 */
export function wantedWords(wanted: unknown): string | null {
  const { decision, environment, minReplicas, version, outcome, approvers, to } = fieldsOf(wanted);
  const weights = wantedWeights(wanted);
  if (weights !== null) return weightWords(weights);
  if (decision !== undefined) return null;
  const where = typeof environment === 'string' ? ` on ${environment}` : '';
  if (typeof minReplicas === 'number') return `${podWords(minReplicas)}${where}`;
  for (const people of [approvers, to]) if (Array.isArray(people)) return people.join(', ');
  if (typeof outcome === 'string') return outcome;
  return typeof version === 'string' ? `${version}${where}` : null;
}

/** The shares that an intent of the audit wanted, where it moved traffic. */
export function wantedWeights(wanted: unknown): Weights | null {
  const { blue, green } = fieldsOf(wanted);
  return typeof blue === 'number' && typeof green === 'number' ? { blue, green } : null;
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
