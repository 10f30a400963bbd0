/**
 * The family of faults. `name` is the contract with the state machines' Catch and Retry (Lambda answers it as `errorType`),
 * so it is written out and survives minification. Expected outcomes are values, not errors (rule 10).
 */
export abstract class SluiceError extends Error {
  abstract override readonly name: SluiceErrorName;
}

/** A dependency (cluster, GitHub, table, mail…) did not answer, or answered that it is overloaded. Trying again may help. */
export class DependencyUnavailable extends SluiceError {
  override readonly name = 'DependencyUnavailable';
  readonly dependency: string;
  constructor(dependency: string, message: string, options?: ErrorOptions) {
    super(`${dependency}: ${message}`, options);
    this.dependency = dependency;
  }
}

/** A dependency understood the request and refused it: permissions, validation. Trying again will not help. */
export class DependencyRefused extends SluiceError {
  override readonly name = 'DependencyRefused';
  readonly dependency: string;
  /** The HTTP status, when there was one. */
  readonly status: number | null;
  constructor(dependency: string, message: string, options?: ErrorOptions & { status?: number }) {
    super(`${dependency}: ${message}`, options);
    this.dependency = dependency;
    this.status = options?.status ?? null;
  }
}

/** What was asked for is not there (404 of a dependency, an unknown service or operation). */
export class NotFound extends SluiceError {
  override readonly name = 'NotFound';
}

/** Somebody else wrote first (409, failed condition). The caller re-reads and decides again. */
export class WriteConflict extends SluiceError {
  override readonly name = 'WriteConflict';
}

/** The route or HPA carries a higher epoch than mine: my lock was taken over, I must stop (I12). */
export class StaleHolder extends SluiceError {
  override readonly name = 'StaleHolder';
  /** The epoch that was found. */
  readonly epoch: number;
  constructor(message: string, epoch: number, options?: ErrorOptions) {
    super(message, options);
    this.epoch = epoch;
  }
}

/** The route's annotation was there and is gone or damaged: the service freezes (DESIGN §5, the fence). */
export class FenceLost extends SluiceError {
  override readonly name = 'FenceLost';
}

/** The live weights are not those that were last written: somebody else changed them (rule 8). */
export class WeightsDrifted extends SluiceError {
  override readonly name = 'WeightsDrifted';
}

/** This operation does not own the service's lock any more. */
export class LockLost extends SluiceError {
  override readonly name = 'LockLost';
}

/** Another operation owns the service's lock. */
export class LockHeld extends SluiceError {
  override readonly name = 'LockHeld';
  readonly holder: string;
  constructor(message: string, holder: string, options?: ErrorOptions) {
    super(message, options);
    this.holder = holder;
  }
}

/** A wait reached its end (I11). */
export class DeadlineExceeded extends SluiceError {
  override readonly name = 'DeadlineExceeded';
}

/** A state's input, a request or a release does not fit its schema. */
export class InvalidInput extends SluiceError {
  override readonly name = 'InvalidInput';
}

/** `sluice.yaml` has problems; the message lists them. */
export class InvalidConfiguration extends SluiceError {
  override readonly name = 'InvalidConfiguration';
}

/** Who asks could not be authenticated or may not do it. */
export class NotAllowed extends SluiceError {
  override readonly name = 'NotAllowed';
}

/** No deployment begins until a person ends the freeze. Alerts and emergencies still return traffic. */
export class ServiceFrozen extends SluiceError {
  override readonly name = 'ServiceFrozen';
}

/** The service has `mode: observe`: another pipeline carries its releases in, and Sluice changes nothing there. */
export class OnlyObserved extends SluiceError {
  override readonly name = 'OnlyObserved';
}

/** An environment may not receive traffic: it is not healthy, or its release was not approved or is on hold (I2, I3, I6). */
export class NotReady extends SluiceError {
  override readonly name = 'NotReady';
}

/**
 * A record in the table does not fit its schema: somebody edited it, or a newer Sluice wrote what this one does not know. The message has its
 * key and what is wrong where, and never a value: records hold callbacks and hashes of links.
 */
export class UnreadableRecord extends SluiceError {
  override readonly name = 'UnreadableRecord';
  /** Its key, without what is secret. */
  readonly key: string;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  constructor(key: string, problems: UnreadableRecord['problems'], writtenAs: string) {
    const wrong = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
    super(
      `The record ${key} (${writtenAs}) cannot be read: ${wrong}. Correct the item in the table, if necessary from its point-in-time backup; if a newer Sluice wrote it, install that one.`,
    );
    this.key = key;
    this.problems = problems;
  }
}

/** All names, for comparison with what the state machines catch and retry (rule 4). */
export const errorNames = [
  'DependencyUnavailable',
  'DependencyRefused',
  'NotFound',
  'WriteConflict',
  'StaleHolder',
  'FenceLost',
  'WeightsDrifted',
  'LockLost',
  'LockHeld',
  'DeadlineExceeded',
  'InvalidInput',
  'InvalidConfiguration',
  'NotAllowed',
  'ServiceFrozen',
  'OnlyObserved',
  'NotReady',
  'UnreadableRecord',
] as const;

export type SluiceErrorName = (typeof errorNames)[number];

/** The faults of which the same request may succeed later. */
export const retryableErrorNames = [
  'DependencyUnavailable',
  'WriteConflict',
] as const satisfies readonly SluiceErrorName[];

const retryable: ReadonlySet<string> = new Set(retryableErrorNames);

/** Whether the same request may succeed later. */
export const isRetryable = (error: unknown): boolean => error instanceof SluiceError && retryable.has(error.name);
