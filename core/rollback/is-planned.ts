import type { PersonRollbackTrigger, Trigger } from '../../contracts/trigger.ts';

/**
 * Whether a rollback goes like a deployment: step by step where a person planned it, and with the deadlines of one where a release has to be
 * deployed first. Every other rollback returns the traffic at once and within `deadlines.rollback`.
 */
export const isPlanned = (trigger: Trigger): boolean =>
  trigger.kind === 'person' && trigger.wants === 'rollback' && (!trigger.emergency || trigger.deployFirst === true);

/** Whether a person's emergency brings in a release that runs nowhere: without approval (I3), in one step, on a frozen service too. */
export const isDeployedFirst = (trigger: Trigger): trigger is PersonRollbackTrigger =>
  trigger.kind === 'person' && trigger.wants === 'rollback' && trigger.emergency && trigger.deployFirst === true;
