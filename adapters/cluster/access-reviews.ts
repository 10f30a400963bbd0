import type { Right } from '../../core/cluster/rights.ts';
import { argoGroup } from '../../core/cluster/roles.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import type { KubernetesClient } from './kubernetes-client.ts';

/** What the API server says of the rights of whoever asks. */
export interface AccessReviews {
  /** Those of the rights that it does not have, in their order. */
  missing(rights: readonly Right[], options?: CallOptions): Promise<readonly Right[]>;
}

const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

interface Review {
  readonly status?: { readonly allowed?: boolean };
}

/**
 * By SelfSubjectAccessReview (authorization.k8s.io/v1), which every authenticated identity may ask for and which stores nothing.
 *
 * @param argocd the cluster that has the Applications, where that is another one: it is asked what concerns them.
 */
export function createAccessReviews(
  kubernetes: KubernetesClient,
  argocd: KubernetesClient = kubernetes,
): AccessReviews {
  const isAllowed = async ({ name, namespace, subresource, ...rest }: Right, options?: CallOptions) => {
    const resourceAttributes = {
      ...rest,
      ...(name === '' ? {} : { name }),
      ...(namespace === '' ? {} : { namespace }),
      ...(subresource === '' ? {} : { subresource }),
    };
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    };
    const asked = rest.group === argoGroup ? argocd : kubernetes;
    const outcome = await asked.create<Review>(path, review, options);
    return outcome.kind === 'created' && outcome.object.status?.allowed === true;
  };
  return {
    async missing(rights, options) {
      const allowed = await Promise.all(rights.map((right) => isAllowed(right, options)));
      return rights.filter((_, index) => !allowed[index]);
    },
  };
}
