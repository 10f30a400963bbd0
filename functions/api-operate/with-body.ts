import type { z } from 'zod';
import { NotAllowed } from '../../contracts/errors.ts';
import { refuse, refuseTooLarge } from '../http/answers.ts';
import { kibibytes, parseJson, readBody } from '../http/read-body.ts';
import type { ApiContext } from '../people/people-app.ts';

const longestBody = kibibytes(64);

/** Reads and validates a body, and demands to know who sends it. */
export async function withBody<Schema extends z.ZodType>(
  context: ApiContext,
  schema: Schema,
  act: (body: z.output<Schema>, actor: string) => Promise<Response>,
): Promise<Response> {
  const caller = context.get('caller');
  if (caller.user === null) {
    if (caller.who === 'stranger') throw new NotAllowed(caller.because);
    return refuse(context, 401, { name: 'NotAllowed', message: caller.because });
  }
  const body = await readBody(context.req.raw, longestBody);
  if (body.kind === 'too-large') return refuseTooLarge(context, longestBody);
  const document = parseJson(body.bytes);
  if (document === undefined) {
    return refuse(context, 400, { name: 'InvalidInput', message: 'The body is not JSON.', problems: [] });
  }
  return act(schema.parse(document), caller.user);
}
