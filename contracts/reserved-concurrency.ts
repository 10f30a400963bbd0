/**
 * How many of a function may run at once, and are kept free for it: the way back must find room when everything else floods, and what
 * the public can call must not eat the account. Functions that are not here have what the account has left.
 */
export const reservedConcurrency = {
  'github-webhook': 5,
  'alertmanager-webhook': 10,
  approvals: 10,
  'api-read': 15,
  'api-operate': 5,
  plan: 2,
  'return-traffic': 5,
  guardian: 5,
  watch: 1,
} as const;

/** Lambda keeps so many of an account unreserved; those that reserve nothing share them with everything else in it. */
export const unreservedAtLeast = 100;
