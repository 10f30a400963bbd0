/** An entry point of Lambda that is built when it is first called, and again when building it failed. */
export function bindAtFirstCall<Arguments extends unknown[], Answer>(
  build: (...asked: Arguments) => Promise<(...asked: Arguments) => Promise<Answer>>,
): (...asked: Arguments) => Promise<Answer> {
  let bound: ReturnType<typeof build> | undefined;
  return async (...asked) => {
    bound ??= build(...asked).catch((error: unknown) => {
      bound = undefined;
      throw error;
    });
    const answer = await bound;
    return answer(...asked);
  };
}
