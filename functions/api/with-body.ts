import type { Context } from 'hono';
import type { z } from 'zod';
import { NotAllowed } from '../../contracts/errors.ts';
import { refuse, refuseTooLarge } from '../shared/http/answers.ts';
import { kibibytes, parseJson, readBody } from '../shared/http/read-body.ts';

const longestBody = kibibytes(64);

export type Variables = { user: string | null };
export type ApiContext = Context<{ Variables: Variables }>;

/** Reads and validates a body, and demands to know who sends it. */
export async function withBody<Schema extends z.ZodType>(
  context: ApiContext,
  schema: Schema,
  act: (body: z.output<Schema>, actor: string) => Promise<Response>,
): Promise<Response> {
  const actor = context.get('user');
  if (actor === null) throw new NotAllowed('Say who asks: the header x-sluice-user is missing.');
  const body = await readBody(context.req.raw, longestBody);
  if (body.kind === 'too-large') return refuseTooLarge(context, longestBody);
  const document = parseJson(body.bytes);
  if (document === undefined) {
    return refuse(context, 400, { name: 'InvalidInput', message: 'The body is not JSON.', problems: [] });
  }
  return act(schema.parse(document), actor);
}
