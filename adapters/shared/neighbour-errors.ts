import { NeighbourRefused, NeighbourUnavailable } from '../../contracts/errors.ts';

interface Failure {
  readonly neighbour: string;
  /** What was attempted, without secrets: `GET /repos/…`. */
  readonly attempted: string;
  readonly reason: string;
  readonly cause?: unknown;
}

/** It did not answer, or not now: naming the neighbour, what was attempted and why it failed. */
export function unavailable({ neighbour, attempted, reason, cause }: Failure): NeighbourUnavailable {
  return new NeighbourUnavailable(neighbour, `${attempted}: ${reason}`, cause === undefined ? {} : { cause });
}

/** It understood and said no: naming the neighbour, what was attempted and its message. */
export function refused(failure: Failure & { readonly status?: number }): NeighbourRefused {
  const { neighbour, attempted, reason, cause, status } = failure;
  return new NeighbourRefused(neighbour, `${attempted}: ${reason}`, {
    ...(cause === undefined ? {} : { cause }),
    ...(status === undefined ? {} : { status }),
  });
}
