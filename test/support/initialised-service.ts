import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runSluice } from '../unit/cli/support.ts';

/** What a newcomer answers. Nothing of it is the sandbox's own. */
export const shop = {
  name: 'shop',
  repository: 'acme/shop',
  image: '210987654321.dkr.ecr.eu-central-1.amazonaws.com/team/shop',
  port: '3000',
  health: '/ready',
  host: 'shop.acme.example',
  cluster: 'eu',
  region: 'eu-central-1',
  prometheus: 'https://prometheus.acme.example',
  sluice: 'https://sluice.acme.example',
  'mail-from': 'sluice@acme.example',
  approvers: 'kim@acme.example=kim,lee@acme.example=lee',
  page: 'https://pager.acme.example/sluice',
} as const;

/** Runs `sluice init` in an empty folder. Resolves with the path of its sluice.yaml, and with what it printed. */
export async function initialise(answers: Readonly<Record<string, string>> = shop) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-own-'));
  const flags = Object.entries(answers).flatMap(([name, value]) => [`--${name}`, value]);
  const { out } = await runSluice(['init', folder, ...flags], {
    writeFile: async (path, text) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    },
  });
  return { folder, file: join(folder, 'sluice.yaml'), out };
}
