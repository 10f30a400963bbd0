/** How one version of the demo service misbehaves. Zero and false everywhere means: it behaves. */
export interface Fault {
  /** Release version, as in the pod label `app.kubernetes.io/version`, for example `v2.1.0`. */
  version: string;
  /** Whose version; without it, that of every service. */
  service?: string;
  /** Share of requests (0 to 1) answered with 500, spread evenly. `/health` is not affected. */
  errorRate: number;
  /** Milliseconds added to every answer but `/health`. */
  latencyMs: number;
  /** `/health` answers 503, so that readiness and liveness probes fail. */
  unhealthy: boolean;
  /** Its process exits as soon as it has started, again and again. */
  crashing?: true;
}

/** The part of a fault that somebody wants to change; what is left out stays as it is. */
export type FaultChange = { version: string; service?: string | undefined } & {
  [K in keyof Omit<Fault, 'version' | 'service' | 'crashing'>]?: Fault[K] | undefined;
} & { crashing?: boolean | undefined };

/** Faults by version, in memory: a restart heals everything. */
export interface Faults {
  /** Changes the fault of a version. Throws RangeError for a rate outside 0..1 or a negative latency. */
  set(change: FaultChange): Fault;
  list(): Fault[];
  /** How a version of a service misbehaves: as was said of that service, else of every one. */
  of(version: string, service?: string): Fault;
  /** Whether the next request to this version fails. Deterministic: at a rate of 0.25 every fourth one does. */
  nextRequestFails(version: string, service?: string): boolean;
  /** Calls the listener after each change; returns the way to stop that. */
  onChange(listener: (fault: Fault) => void): () => void;
}

const healthy = (version: string): Fault => ({ version, errorRate: 0, latencyMs: 0, unhealthy: false });
const key = (version: string, service = ''): string => `${service} ${version}`;

const behaves = ({ errorRate, latencyMs, unhealthy, crashing }: Fault): boolean =>
  errorRate === 0 && latencyMs === 0 && !unhealthy && crashing !== true;

/** An empty registry of faults. */
export function createFaults(): Faults {
  const faults = new Map<string, Fault>();
  const owed = new Map<string, number>();
  const listeners = new Set<(fault: Fault) => void>();
  const own = (version: string, service?: string): Fault | undefined => faults.get(key(version, service));
  const of = (version: string, service?: string): Fault => own(version, service) ?? own(version) ?? healthy(version);
  return {
    of,
    list: () => [...faults.values()],
    set(change) {
      const { version, service } = change;
      const before = own(version, service) ?? healthy(version);
      const fault: Fault = {
        version,
        ...(service === undefined ? {} : { service }),
        errorRate: change.errorRate ?? before.errorRate,
        latencyMs: change.latencyMs ?? before.latencyMs,
        unhealthy: change.unhealthy ?? before.unhealthy,
        ...((change.crashing ?? before.crashing) ? { crashing: true } : {}),
      };
      if (!(fault.errorRate >= 0 && fault.errorRate <= 1)) throw new RangeError('errorRate must be between 0 and 1');
      if (!(fault.latencyMs >= 0)) throw new RangeError('latencyMs must not be negative');
      if (behaves(fault)) faults.delete(key(version, service));
      else faults.set(key(version, service), fault);
      // Counting begins anew with the new rate.
      for (const name of owed.keys()) if (name.endsWith(` ${version}`)) owed.delete(name);
      for (const listener of listeners) listener(fault);
      return fault;
    },
    nextRequestFails(version, service) {
      const { errorRate } = of(version, service);
      const name = key(version, service);
      if (errorRate === 0) return false;
      // A hair of tolerance, so that ten times 0.1 is one.
      const sum = (owed.get(name) ?? 0) + errorRate;
      const fails = sum >= 1 - 1e-9;
      owed.set(name, fails ? Math.max(0, sum - 1) : sum);
      return fails;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
