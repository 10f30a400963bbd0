import * as z from 'zod';

/** Everything that Sluice's functions depend on, and the two between others that they rely on. */
export const dependencyNames = [
  'kubernetes',
  'github',
  'metrics',
  'dynamodb',
  'ses',
  'stepfunctions',
  /** What it tells the guardian. */
  'eventbridge',
  /** The bus that Sluice tells others by. */
  'events',
  's3',
  /** Makes and verifies the seals of decisions and audit entries. */
  'kms',
  'argocd',
] as const;
export type DependencyName = (typeof dependencyNames)[number];

/** What can be wrong with a dependency. */
export const faultNames = [
  /** Answers with `status`, in the dependency's own form. */
  'status',
  /** No connection lives: each is reset at once. */
  'unreachable',
  /** Takes the request and never answers. */
  'hang',
  /** Takes the request, does what it says, and resets the connection. */
  'reset',
  /** Takes the request, does what it says, and never answers. */
  'silent',
  /** Ends its answer in the middle. */
  'truncate',
  /** Takes the request and carries it out `delayMs` later, whether or not anybody still waits for it. */
  'slow',
  /** Answers a read as it answered the same read before, however long ago that was. */
  'stale',
  /** Says that all is well and does nothing. */
  'lost',
] as const;
export type FaultName = (typeof faultNames)[number];

export const faultSchema = z
  .strictObject({
    dependency: z.enum(dependencyNames),
    fault: z.enum(faultNames),
    /** For `status`. */
    status: z.int().min(400).max(599).default(503),
    /** Seconds in a `Retry-After` header, for `status`. */
    retryAfter: z.int().min(0).optional(),
    /** For `slow`. */
    delayMs: z.int().min(0).max(600_000).default(5_000),
    /** A regular expression over `METHOD /path?query x-amz-target`; without it every request is concerned. */
    match: z.string().max(500).refine(isPattern, 'not a regular expression').optional(),
    /** So many concerned requests pass first. */
    skip: z.int().min(0).default(0),
    /** So many are spoilt; without it all of them, until the fault is taken back. */
    times: z.int().min(1).optional(),
  })
  .readonly();
export type Fault = z.output<typeof faultSchema>;

/** What is asked of a dependency. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** The operation of an AWS JSON request. */
  readonly target: string | undefined;
}

/** How a dependency is, and what came of it so far. */
export interface DependencyState {
  readonly dependency: DependencyName;
  readonly fault: Fault | null;
  /** Requests that the present fault, or the last one, spoilt. */
  readonly spoilt: number;
  /** All requests since the sandbox started. */
  readonly calls: number;
}

/** Which dependency has which fault; one at a time for each. */
export interface FaultBook {
  set(fault: Fault): void;
  /** Takes back the fault of one dependency, or of all. */
  clear(dependency?: DependencyName): void;
  /** The fault that this request meets; counts it. */
  take(dependency: DependencyName, asked: Asked): Fault | null;
  /** Whether no connection to it lives now; `new`: one is being made, which counts. */
  isCut(dependency: DependencyName, connection: 'new' | 'open'): boolean;
  states(): DependencyState[];
  /** Told of every change, so that what hangs can be ended. */
  onChange(listener: (dependency: DependencyName) => void): void;
}

interface Entry {
  fault: Fault | null;
  seen: number;
  spoilt: number;
  calls: number;
}

export function createFaultBook(): FaultBook {
  const entries = new Map<DependencyName, Entry>(
    dependencyNames.map((name) => [name, { fault: null, seen: 0, spoilt: 0, calls: 0 }]),
  );
  const listeners: ((dependency: DependencyName) => void)[] = [];
  const change = (dependency: DependencyName, fault: Fault | null) => {
    const calls = entries.get(dependency)?.calls ?? 0;
    const spoilt = fault === null ? (entries.get(dependency)?.spoilt ?? 0) : 0;
    entries.set(dependency, { fault, seen: 0, spoilt, calls });
    for (const listener of listeners) listener(dependency);
  };
  return {
    set: (fault) => change(fault.dependency, fault),
    clear(dependency) {
      for (const name of dependency === undefined ? dependencyNames : [dependency]) change(name, null);
    },
    take(dependency, asked) {
      const entry = entries.get(dependency);
      if (entry === undefined) return null;
      entry.calls += 1;
      const { fault } = entry;
      if (fault === null || !concerns(fault, asked)) return null;
      entry.seen += 1;
      if (entry.seen <= fault.skip) return null;
      if (fault.times !== undefined && entry.seen > fault.skip + fault.times) return null;
      entry.spoilt += 1;
      return fault;
    },
    isCut(dependency, connection) {
      const entry = entries.get(dependency);
      const fault = entry?.fault;
      const cut = fault?.fault === 'unreachable' && fault.match === undefined && fault.times === undefined;
      if (entry !== undefined && cut && connection === 'new') entry.spoilt += 1;
      return cut;
    },
    states: () => [...entries].map(([dependency, { fault, spoilt, calls }]) => ({ dependency, fault, spoilt, calls })),
    onChange: (listener) => void listeners.push(listener),
  };
}

const concerns = ({ match }: Fault, { method, path, target = '' }: Asked): boolean =>
  match === undefined || new RegExp(match).test(`${method} ${path} ${target}`.trim());

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
