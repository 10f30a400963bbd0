/** A request that a stand-in answered (record-exchanges.mjs). */
export interface Exchange {
  /** As the signature names it, `dynamodb`, or `github`. */
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Base64, as the answer. */
  readonly body: string;
  readonly status: number;
  readonly answerHeaders: Readonly<Record<string, unknown>>;
  readonly answer: string;
  /** Which halves are to be judged. */
  readonly judged: readonly ('request' | 'answer')[];
}
