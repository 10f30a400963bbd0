import { hours } from '../../contracts/duration.ts';
import { between, type Instant } from '../../contracts/instant.ts';
import type { AwsCredentials, AwsOptions } from '../shared/aws.ts';
import { createTimedCache } from '../shared/timed-cache.ts';
import type { ClusterAddress } from './describe-cluster.ts';
import { signEksToken, tokenGoodFor } from './eks-token.ts';

/** How to enter one cluster. */
export interface ClusterAccess {
  readonly name: string;
  address(): Promise<ClusterAddress>;
  token(): Promise<string>;
  /** Called when the cluster answered 401: the next token is a new one. */
  forgetToken(): void;
  /** Called when nothing that can be believed answered there: an address that somebody wrote down is asked of EKS then. */
  doubtAddress(): void;
}

export interface ClusterAccessOptions extends AwsOptions {
  readonly clusterName: string;
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>);
  readonly now: () => Instant;
  /** Where it is already known: EKS is asked only when the cluster is not there. */
  readonly address?: ClusterAddress;
  /** False for a cluster of another account; `address` is needed then. */
  readonly mayAskEks?: boolean;
}

/** An endpoint of an EKS cluster does not move; after an hour it is asked for again, beside the work. */
const addressGoodFor = hours(1);

/** Access to an EKS cluster with an AWS identity: address by `eks:DescribeCluster`, token by a presigned STS URL. */
export function createClusterAccess(options: ClusterAccessOptions): ClusterAccess {
  const { clusterName, region, now, address: written = null, mayAskEks = true } = options;
  const describe = async (): Promise<ClusterAddress> => {
    if (!mayAskEks && written !== null) return written;
    // Loaded when EKS is asked, once an hour: never where the address is known.
    const { describeCluster } = await import('./describe-cluster.ts');
    return describeCluster(options);
  };
  const { address, doubtAddress } = keepAddress(describe, now, written);
  const token = createTimedCache({
    keepFor: tokenGoodFor,
    now,
    fetch: async () => {
      const credentials = typeof options.credentials === 'function' ? await options.credentials() : options.credentials;
      return signEksToken({ clusterName, region, credentials, now: now() });
    },
  });
  return { name: clusterName, address, doubtAddress, token: () => token.get(), forgetToken: token.forget };
}

/**
 * Only the very first question waits for EKS, and none where the address was written down: a rescue must not depend on it, and an old
 * address is better than none.
 */
function keepAddress(describe: () => Promise<ClusterAddress>, now: () => Instant, written: ClusterAddress | null) {
  let known = written === null ? null : { address: written, at: now() };
  let doubted = false;
  let asking: Promise<ClusterAddress> | null = null;
  const ask = () => {
    asking ??= describe()
      .then((address) => {
        known = { address, at: now() };
        return address;
      })
      .finally(() => {
        asking = null;
        doubted = false;
      });
    return asking;
  };
  const address = async (): Promise<ClusterAddress> => {
    if (known === null) return ask();
    const { address: old, at } = known;
    if (doubted) return ask().catch(() => old);
    if (between(at, now()) >= addressGoodFor) ask().catch(() => {});
    return old;
  };
  const doubtAddress = () => {
    // What EKS said itself does not move.
    doubted = known !== null && known.address === written;
  };
  return { address, doubtAddress };
}

/** Access with an address and a token that are already known: a kubeconfig's, or a service account's. */
export function createStaticClusterAccess(options: ClusterAddress & { name: string; token: string }): ClusterAccess {
  const { name, endpoint, ca, token } = options;
  const never = () => {};
  return {
    name,
    address: async () => ({ endpoint, ca }),
    token: async () => token,
    forgetToken: never,
    doubtAddress: never,
  };
}
