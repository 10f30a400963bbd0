/**
 * AWS's published list prices in US East (N. Virginia), in US dollars, as of November 2026, without free tiers and discounts:
 * aws.amazon.com/{step-functions,lambda,dynamodb,api-gateway,ses,secrets-manager,kms,cloudwatch,xray,sns,eventbridge}/pricing.
 */
export const prices = {
  stateTransition: 0.025 / 1_000,
  lambda: {
    request: 0.2 / 1e6,
    /** On arm64. */
    gigabyteSecond: 0.0000133334,
  },
  dynamodb: {
    /** On demand; of at most 1 KB. */
    writeUnit: 0.625 / 1e6,
    /** On demand; strongly consistent, of at most 4 KB. */
    readUnit: 0.125 / 1e6,
  },
  httpApiRequest: 1 / 1e6,
  mail: 0.1 / 1_000,
  /** On a bus of one's own; of at most 64 KB. */
  customEvent: 1 / 1e6,
  secretsManager: { request: 0.05 / 10_000, secretMonth: 0.4 },
  kms: { request: 0.03 / 10_000, keyMonth: 1 },
  cloudWatch: { logGigabyte: 0.5, alarmMonth: 0.1, customMetricMonth: 0.3, dashboardMonth: 3 },
  trace: 5 / 1e6,
} as const;
