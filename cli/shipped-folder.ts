import { join } from 'node:path';

/** The folder that has `argocd/`, `charts/` and `docs/reference/` in it: the checkout, or what was installed. This file's place is one below it in both. */
export const shippedFolder = join(import.meta.dirname, '..');
