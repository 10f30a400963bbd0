import type { TokenExpiry } from '../../adapters/installation/repository-access.ts';
import { DependencyRefused } from '../../contracts/errors.ts';
import { between, formatInstant, type Instant } from '../../contracts/instant.ts';
import { tokenWarning } from '../../contracts/token-warning.ts';
import type { Log, TokenFound } from '../ports.ts';
import { watchMetrics } from './metrics-line.ts';

/** How many tokens end soon or are good no more; the alarm names the same. */
export const tokenMetric = 'ExpiringTokens';

export interface TokenLook {
  /** Name of the secret. */
  readonly token: string;
  readonly expiry: () => Promise<TokenExpiry>;
  readonly now: () => Instant;
  /** Tells the metrics of one installation from another's. */
  readonly installation: string;
  readonly log: Log;
  /** Writes a line that CloudWatch reads as metrics. */
  readonly publish: (line: object) => void;
}

/**
 * Looks whether a token of GitHub lasts, and writes what it found as a metric. Who uses the token looks: nobody else has the right to read it.
 * That GitHub does not answer says nothing of a token; that it refuses does: an App was uninstalled, suspended or lost its key, or the token no longer
 * sees the repository.
 */
export async function lookAtToken({ token, expiry, now, installation, log, publish }: TokenLook): Promise<TokenFound> {
  let ends: TokenExpiry;
  try {
    ends = await expiry();
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const isRefused = error instanceof DependencyRefused && error.dependency === 'GitHub';
    const message = isRefused
      ? `GitHub refuses ${token}: ${cause}`
      : `Sluice does not know when ${token} expires: ${cause}`;
    log({ level: 'warn', message });
    if (!isRefused) return 'unknown';
    ends = 'invalid';
  }
  const lasts = ends === 'never' || (ends !== 'invalid' && between(now(), ends) > tokenWarning.before);
  const { namespace, dimension } = watchMetrics;
  publish({
    _aws: {
      Timestamp: now(),
      CloudWatchMetrics: [
        { Namespace: namespace, Dimensions: [[dimension]], Metrics: [{ Name: tokenMetric, Unit: 'Count' }] },
      ],
    },
    [dimension]: installation,
    [tokenMetric]: lasts ? 0 : 1,
    seen: { token, ends: typeof ends === 'number' ? formatInstant(ends) : ends },
  });
  return lasts ? 'lasts' : 'ends-soon';
}
