/** Every function of Sluice, a folder each under functions/. */
export const functionNames = [
  'github-webhook',
  'alertmanager-webhook',
  'approvals',
  'api-read',
  'api-operate',
  'plan',
  'release',
  'operation',
  'observe',
  'act',
  'return-traffic',
  'notify',
  'guardian',
  'watch',
] as const;
export type FunctionName = (typeof functionNames)[number];

/** Those that the state machines invoke, and by whose names the definitions call them. */
export const machineFunctionNames = ['release', 'operation', 'observe', 'act', 'return-traffic', 'notify'] as const;
export type MachineFunctionName = (typeof machineFunctionNames)[number];

export { clusterFunctionNames } from '../core/cluster/roles.ts';

export const machineNames = ['deployment', 'rollback', 'traffic', 'standby'] as const;
export type MachineName = (typeof machineNames)[number];
