import type { KubernetesUser } from './authentication.ts';
import { isJsonObject } from './kube-object.ts';
import type { RequestTarget } from './request-target.ts';

/**
 * `kubectl auth can-i` and `kubectl auth whoami`: kinds that are asked and never stored. Whoever is authenticated may do
 * everything here. Undefined: the target is another kind.
 */
export function answerReview(target: RequestTarget, user: KubernetesUser): ((body: unknown) => object) | undefined {
  const answers: Record<string, object> = {
    'authorization.k8s.io/selfsubjectaccessreviews': { allowed: true },
    'authorization.k8s.io/selfsubjectrulesreviews': {
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    },
    'authentication.k8s.io/selfsubjectreviews': { userInfo: { username: user.user, groups: user.groups } },
  };
  const status = answers[`${target.group}/${target.plural}`];
  if (!status) return undefined;
  return (body) => ({ ...(isJsonObject(body) ? body : {}), status });
}
