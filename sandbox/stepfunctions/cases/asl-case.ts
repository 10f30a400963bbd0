import type { Json } from '../interpreter/json.ts';

/** One execution and what is expected of it, as it stands in a file. */
export interface AslCase {
  name: string;
  /** Of a case of our own: what it shows, and where that is written. */
  about?: string;
  /** In a case of a machine's own, absent: then it is `definition.asl.yaml` beside the folder. */
  definition?: Json;
  inputText: string;
  /** By state, what its task was sent and what it answered, attempt by attempt. */
  tasks?: { [state: string]: RecordedAttempt[] };
  /** Functions whose answer is certain, where no attempt was recorded: by name, what they do. */
  lambdas?: { [name: string]: { handler: 'identity' } | { handler: 'const'; value: Json } };
  expected: {
    status: string;
    output?: Json;
    error?: string;
    /** An object stands for its JSON text. */
    cause?: Json;
    events?: RecordedEvent[];
    /** Of a case of our own: the states entered, in order. */
    states?: string[];
  };
  /** Words in the expectation that stand for any value. */
  masks?: string[];
  /** The history is compared as a multiset of types. */
  eventsReordered?: boolean;
}

/** Anything in it may be absent: what was sent is only compared where it is known. */
export interface RecordedAttempt {
  parameters?: Json;
  result?: Json;
  error?: string;
  cause?: Json;
  /** It never answers. */
  hang?: boolean;
  /** The answer to the call of a task that then waits for a callback or a job. */
  submitted?: Json;
}

export interface RecordedEvent {
  type: string;
  [field: string]: Json;
}

export interface Actual {
  status: string;
  output?: Json | undefined;
  error?: string | undefined;
  cause?: string | undefined;
}

/** Answers for the tasks of one execution. */
export interface Stub {
  (state: string, parameters: Json): Promise<Json>;
  /** The recorded attempt that answered last. */
  last?: { submitted?: Json };
  /** What tasks were sent otherwise than recorded. */
  mismatches: string[];
}

/** What compares a case's expectation with what happened. */
export interface CaseTools {
  makeStubs(recorded: AslCase, options: { hang(): Promise<never> }): Stub;
  compareOutcome(recorded: AslCase, actual: Actual): { outcome: boolean; strict: boolean; why?: string | null };
  /** The first difference in the history, or null. */
  compareEvents(recorded: AslCase, events: object[], level: 'types' | 'full'): string | null;
}
