/** Every function of Sluice, a folder each under functions/. */
export const functionNames = [
  'github-webhook',
  'alertmanager-webhook',
  'approvals',
  'api',
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

/** Those that enter the clusters. */
export const clusterFunctionNames = ['api', 'observe', 'act', 'return-traffic', 'watch'] as const;
export type ClusterFunctionName = (typeof clusterFunctionNames)[number];

export const machineNames = ['deployment', 'rollback', 'traffic', 'standby'] as const;
export type MachineName = (typeof machineNames)[number];
