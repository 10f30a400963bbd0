import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dashboardFiles } from './all.ts';

for (const [name, text] of dashboardFiles()) await writeFile(join(import.meta.dirname, name), text);
