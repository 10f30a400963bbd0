import { type AccessKeys, authenticateSigV4 } from './authenticate-sigv4.ts';
import { AwsError, restJsonError } from './aws-error.ts';
import { type StandIn, startListener } from './listener.ts';

/** What a client needs to reach a cluster. */
export interface ClusterDescription {
  /** URL of the Kubernetes API. */
  readonly endpoint: string;
  /** The API server's certificate authority, PEM. */
  readonly caPem: string;
  /** Kubernetes version, e.g. `1.35`. */
  readonly version?: string;
}

/** Starts EKS: DescribeCluster over `describe`, which returns undefined for a cluster that does not exist. */
export function startEks(options: {
  port: number;
  describe: (name: string) => ClusterDescription | undefined;
  region?: string;
  accountId?: string;
  keys?: AccessKeys | undefined;
}): Promise<StandIn> {
  const region = options.region ?? 'us-east-1';
  const accountId = options.accountId ?? '123456789012';
  const describeCluster = (name: string) => {
    const found = options.describe(name);
    if (found === undefined) {
      const details = { clusterName: null, nodegroupName: null, fargateProfileName: null, addonName: null };
      throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`, 404, details);
    }
    return {
      cluster: {
        name,
        arn: `arn:aws:eks:${region}:${accountId}:cluster/${name}`,
        version: found.version ?? '1.35',
        endpoint: found.endpoint,
        certificateAuthority: { data: Buffer.from(found.caPem).toString('base64') },
        status: 'ACTIVE',
        platformVersion: 'eks.1',
        accessConfig: { authenticationMode: 'API' },
        tags: {},
      },
    };
  };
  return startListener({
    port: options.port,
    handle: (request) => {
      try {
        authenticateSigV4(request.headers, options.keys);
        const name = /^\/clusters\/([^/]+)$/.exec(request.path)?.[1];
        if (request.method !== 'GET' || name === undefined) {
          throw new AwsError(
            'UnknownOperationException',
            `The sandbox does not know ${request.method} ${request.path}`,
            404,
          );
        }
        const body = JSON.stringify(describeCluster(decodeURIComponent(name)));
        return { status: 200, headers: { 'content-type': 'application/json' }, body };
      } catch (error) {
        if (error instanceof AwsError) return restJsonError(error);
        throw error;
      }
    },
  });
}
