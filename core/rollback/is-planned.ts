import type { Trigger } from '../../contracts/trigger.ts';

/**
 * Whether a rollback is one that a person planned: it is approved, goes step by step like a deployment, and has the deadlines of one. Every
 * other rollback returns the traffic at once and within `deadlines.rollback`.
 */
export const isPlanned = (trigger: Trigger): boolean =>
  trigger.kind === 'person' && trigger.wants === 'rollback' && !trigger.emergency;
