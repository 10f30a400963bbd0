/** A case that no engine can meet in full, and why. Only a derived one may be in dispute with the documentation. */
export interface Dispute {
  /** Events that the recording lost: with them taken out of ours, the rest must be the same. */
  lost?: string[];
  /** The history says what the documentation contradicts, or what the recording itself cannot have known. */
  history?: true;
  why: string;
}

/** By the case's name. None is about an outcome: all that have been seen so far pass strict. */
export const disputes: Readonly<Record<string, Dispute>> = {
  error_output_parallel_catch_error_PARALLEL_CATCH_ERROR_OUTPUT: {
    lost: ['ParallelStateFailed'],
    why: 'Event 9 is missing: ids run from 1 to 13, event 10 says that it follows 9, and 12 events are there.',
  },
  'derived.base_scenarios_parallel_state_nested': {
    lost: ['ParallelStateExited'],
    why: 'Event 9 is missing: the exit from the outer state says that it follows 9. Both states are entered, and one exits.',
  },
  'derived.lambda_task_invoke_json_values_0_0': {
    history: true,
    why:
      'The recording, of JSONPath, hands the text 0.0 through. The translation sends {% $states.input %}, the value of a JSONata ' +
      'expression: "the JSONata type system is a superset of the JSON data types" (docs.jsonata.org/processing), ' +
      'and JSON knows one number zero (RFC 8259, 6). The answer is in the case as the number 0: its text is nowhere.',
  },
};
