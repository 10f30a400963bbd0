/** A case whose history no engine can meet, since the documentation contradicts it or the recording cannot have known it. Only a derived one may be. */
export interface Dispute {
  why: string;
}

/** By the case's name. None is about an outcome: all that have been seen so far pass strict. */
export const disputes: Readonly<Record<string, Dispute>> = {
  'derived.lambda_task_invoke_json_values_0_0': {
    why:
      'The recording, of JSONPath, hands the text 0.0 through. The translation sends {% $states.input %}, the value of a JSONata ' +
      'expression: "the JSONata type system is a superset of the JSON data types" (docs.jsonata.org/processing), ' +
      'and JSON knows one number zero (RFC 8259, 6). The answer is in the case as the number 0: its text is nowhere.',
  },
};
