import { Hono } from 'hono';
import * as z from 'zod';
import { dependencyNames, type FaultBook, faultSchema } from './faults.ts';

const clearSchema = z.strictObject({ dependency: z.enum(dependencyNames), fault: z.literal('none') });

/** `/api/sandbox/dependencies`: GET says how each is, POST gives one a fault or takes it back (`none`), DELETE takes all back. */
export function createDependencyRoutes(book: FaultBook): Hono {
  const app = new Hono();
  app.get('/api/sandbox/dependencies', (context) => context.json({ dependencies: book.states() }));
  app.post('/api/sandbox/dependencies', async (context) => {
    const body: unknown = await context.req.json().catch(() => null);
    const cleared = clearSchema.safeParse(body);
    if (cleared.success) book.clear(cleared.data.dependency);
    else {
      const parsed = faultSchema.safeParse(body);
      if (!parsed.success) {
        const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
        return context.json({ error: { name: 'InvalidInput', message: 'The body has problems.', problems } }, 400);
      }
      book.set(parsed.data);
    }
    return context.json({ dependencies: book.states() });
  });
  app.delete('/api/sandbox/dependencies', (context) => {
    book.clear();
    return context.json({ dependencies: book.states() });
  });
  return app;
}
