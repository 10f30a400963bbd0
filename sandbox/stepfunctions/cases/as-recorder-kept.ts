const endsOfParallel: readonly string[] = [
  'ParallelStateSucceeded',
  'ParallelStateAborted',
  'ParallelStateExited',
  'ParallelStateFailed',
];

/**
 * What is left of a history whose branches were put in an order when it was recorded. LocalStack's `SfnNoneRecursiveParallelTransformer` writes
 * the events since the last `ParallelStateStarted` in order, at every end of a Parallel state; at a second end in a row it writes them once
 * more, over the first one. So the recordings lack each `ParallelStateSucceeded` and `ParallelStateFailed`, and exits of Parallel
 * states inside of others; that the ids of the rest have gaps shows that AWS had them.
 *
 * @see https://github.com/localstack/localstack tests/aws/services/stepfunctions/utils.py (of version 4)
 */
export function asRecorderKept<Event extends { readonly type: string }>(history: readonly Event[]): Event[] {
  const events = [...history];
  let begin = 0;
  let branches: Event[] = [];
  let isInside = false;
  // The list becomes shorter on the way, and the place in it does not follow, as there.
  for (let place = 0; place < events.length; place++) {
    const event = events[place];
    if (event === undefined) break;
    if (endsOfParallel.includes(event.type)) {
      events.splice(begin, place - begin, ...branches);
      isInside = false;
    } else if (event.type === 'ParallelStateStarted') {
      isInside = true;
      branches = [];
      begin = place + 1;
    } else if (isInside) branches.push(event);
  }
  return events;
}
