import type { handle } from 'hono/aws-lambda';

type Handler = ReturnType<typeof handle>;

/** An entry point of Lambda that is built when it is first called, and again when building it failed. */
export function bindAtFirstCall(build: () => Promise<Handler>): Handler {
  let bound: Promise<Handler> | undefined;
  return async (event, context) => {
    bound ??= build().catch((error: unknown) => {
      bound = undefined;
      throw error;
    });
    const answer = await bound;
    return answer(event, context);
  };
}
