import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type ClusterFunctionName, rulesOf } from './roles.ts';

/** One thing that a function does in a cluster, as Kubernetes' SelfSubjectAccessReview names it (`resourceAttributes`). */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty: in all of them. */
  readonly namespace: string;
  /** Empty: whatever its name. */
  readonly name: string;
}

/** What a function has to be allowed for one service: the same rules by which its roles are printed, one by one. */
export function rightsOf(service: ServiceConfiguration, argocd: string, name: ClusterFunctionName): readonly Right[] {
  return rulesOf(service, argocd, name).flatMap(({ namespace, rules }) =>
    rules.flatMap(({ apiGroups, resources, verbs, resourceNames = [''] }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((path) => {
          const [resource = '', subresource = ''] = path.split('/');
          return verbs.flatMap((verb) =>
            resourceNames.map((one) => ({ verb, group, resource, subresource, namespace, name: one })),
          );
        }),
      ),
    ),
  );
}

/** `patch virtualservices.networking.istio.io chest-xray in production` */
export function rightInWords({ verb, group, resource, subresource, namespace, name }: Right): string {
  const kind = [resource, ...(group === '' ? [] : [group])].join('.') + (subresource === '' ? '' : `/${subresource}`);
  return [verb, kind, ...(name === '' ? [] : [name]), namespace === '' ? 'in every namespace' : `in ${namespace}`].join(
    ' ',
  );
}
