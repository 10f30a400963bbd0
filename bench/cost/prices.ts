/** When the prices were looked up. */
export const pricesAsOf = '2026-11';

/**
 * AWS's list prices in US East (N. Virginia), in US dollars, without free tiers and discounts. Each with where it was looked up: `aws` is AWS's own page as it was stored there, else somebody's who quotes that page, with their date.
 * `not confirmed`: no source that says the figure could be had; AWS's page at aws.amazon.com/SERVICE/pricing has it.
 */
export const prices = {
  /** aws.amazon.com/step-functions/pricing, as stored (undated): $0.0250 per 1,000 in US East. Also wring.co, 2026-03-14. */
  stateTransition: 0.025 / 1_000,
  lambda: {
    /** Documentation of lambda_local_runner on git.mcrn.ar (undated): $0.20 per million, x86 and arm64. */
    request: 0.2 / 1e6,
    /** On arm64. The same: $0.0000133334. */
    gigabyteSecond: 0.0000133334,
  },
  dynamodb: {
    /** On demand; of at most 1 KB. airbyte.com, 2025-07-21: $0.625 per million since November 2024. */
    writeUnit: 0.625 / 1e6,
    /** On demand; strongly consistent, of at most 4 KB. The same: $0.125 per million. */
    readUnit: 0.125 / 1e6,
  },
  /** go-cloud.io, 2026, and awsforengineers.com, 2025-05-19: $1.00 per million. */
  httpApiRequest: 1 / 1e6,
  /** Not confirmed: $0.10 per 1,000. */
  mail: 0.1 / 1_000,
  /** On a bus of one's own; of at most 64 KB. Not confirmed: $1.00 per million. */
  customEvent: 1 / 1e6,
  /** devnotes.tech (undated): PUT $0.005 per 1,000. What an anchor takes to store is nothing that a cent has digits for. */
  s3Put: 0.005 / 1_000,
  /** Not confirmed: $0.40 a month, $0.05 per 10,000. */
  secretsManager: { request: 0.05 / 10_000, secretMonth: 0.4 },
  /** aws.amazon.com/kms/pricing, as stored (undated): $1 a month, and $1 more for a rotation; wring.co (undated): $0.03 per 10,000. */
  kms: { request: 0.03 / 10_000, keyMonth: 1 },
  cloudWatch: {
    /** factualminds.com, 2026-06-13: $0.50 per GB. */
    logGigabyte: 0.5,
    /** For each metric of an alarm of standard resolution. 002-workshop…huyanh.click (undated): $0.10. */
    alarmMonth: 0.1,
    /** signoz.io, 2026-02-15: $0.30 for the first 10,000. */
    customMetricMonth: 0.3,
    /** factualminds.com, 2026-06-13: $3. */
    dashboardMonth: 3,
  },
  /** Not confirmed: $5.00 per million recorded. */
  trace: 5 / 1e6,
};
export type Prices = typeof prices;
