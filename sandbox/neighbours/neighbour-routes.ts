import { Hono } from 'hono';
import * as z from 'zod';
import { type FaultBook, faultSchema, neighbourNames } from './faults.ts';

const clearSchema = z.strictObject({ neighbour: z.enum(neighbourNames), fault: z.literal('none') });

/** `/api/sandbox/neighbours`: GET says how each is, POST gives one a fault or takes it back (`none`), DELETE takes all back. */
export function createNeighbourRoutes(book: FaultBook): Hono {
  const app = new Hono();
  app.get('/api/sandbox/neighbours', (context) => context.json({ neighbours: book.states() }));
  app.post('/api/sandbox/neighbours', async (context) => {
    const body: unknown = await context.req.json().catch(() => null);
    const cleared = clearSchema.safeParse(body);
    if (cleared.success) book.clear(cleared.data.neighbour);
    else {
      const parsed = faultSchema.safeParse(body);
      if (!parsed.success) {
        const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
        return context.json({ error: { name: 'InvalidInput', message: 'The body has problems.', problems } }, 400);
      }
      book.set(parsed.data);
    }
    return context.json({ neighbours: book.states() });
  });
  app.delete('/api/sandbox/neighbours', (context) => {
    book.clear();
    return context.json({ neighbours: book.states() });
  });
  return app;
}
