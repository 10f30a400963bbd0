import { DependencyRefused, DependencyUnavailable } from '../../contracts/errors.ts';

interface Failure {
  readonly dependency: string;
  /** What was attempted, without secrets: `GET /repos/…`. */
  readonly attempted: string;
  readonly reason: string;
  readonly cause?: unknown;
}

/** It did not answer, or not now: naming the dependency, what was attempted and why it failed. */
export function unavailable({ dependency, attempted, reason, cause }: Failure): DependencyUnavailable {
  return new DependencyUnavailable(dependency, `${attempted}: ${reason}`, cause === undefined ? {} : { cause });
}

/** It understood and said no: naming the dependency, what was attempted and its message. */
export function refused(failure: Failure & { readonly status?: number }): DependencyRefused {
  const { dependency, attempted, reason, cause, status } = failure;
  return new DependencyRefused(dependency, `${attempted}: ${reason}`, {
    ...(cause === undefined ? {} : { cause }),
    ...(status === undefined ? {} : { status }),
  });
}
