import { OnlyObserved } from '../../contracts/errors.ts';
import type { ServiceCluster } from '../../pipeline/ports.ts';

/**
 * The cluster of a service that is only observed (`mode: observe`): everything can be read, and whatever would write is refused before a request is sent,
 * whoever asks: the last of several locks on that door.
 */
export function readOnlyCluster(
  { router, workloads, applications, accessReviews }: ServiceCluster,
  service: string,
): ServiceCluster {
  const refuse = async (): Promise<never> => {
    throw new OnlyObserved(
      `${service} is only observed (mode: observe in sluice.yaml): nothing is written in its cluster.`,
    );
  };
  return {
    accessReviews,
    router: { read: router.read, lag: router.lag, write: refuse },
    workloads: { ...workloads, setMinimumReplicas: refuse },
    // Spelled out, so that a new way to write does not compile before somebody has thought of it here.
    applications: {
      read: applications.read,
      startSync: refuse,
      replaceSync: refuse,
      terminate: refuse,
      refresh: refuse,
    },
  };
}
