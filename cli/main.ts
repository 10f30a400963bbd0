import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Types stripped and code compiled once, not at every start; whatever is imported from here on comes from there.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'sluice', 'compile'));
const [{ run }, { processWorld }] = await Promise.all([import('./run.ts'), import('./world.ts')]);

process.exitCode = await run(process.argv.slice(2), processWorld());
