import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument, Scalar, stringify } from 'yaml';
import { environmentNames } from '../../contracts/names.ts';
import { type Answers, githubOf } from './answers.ts';
import { configurationText, schemaFile } from './configuration-text.ts';
import { releaseWorkflow } from './release-workflow.ts';

/** Everything that `sluice init` writes, by its path below the folder. @param shipped the folder that has `argocd/`, `charts/` and `docs/reference/` in it. */
export async function filesOf(answers: Answers, shipped: string): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['sluice.yaml', configurationText(answers)],
    [schemaFile, await read(shipped, 'docs/reference/sluice.schema.json')],
    ['.github/workflows/release.yml', releaseWorkflow(answers)],
    ...(await argoFiles(answers, shipped)),
    ...(await chartFiles(answers, shipped)),
  ]);
}

const nameOf = ({ name = '' }: Answers): string => name;
const sourceOf = (answers: Answers): string => `${githubOf(answers)}/${answers['deploy-repository']}.git`;
const read = (...path: string[]): Promise<string> => readFile(join(...path), 'utf8');

/** The objects of this repository, with the service's names. */
async function argoFiles(answers: Answers, shipped: string): Promise<[string, string][]> {
  const name = nameOf(answers);
  const project = parseDocument(await read(shipped, 'argocd/projects/production.yaml'));
  project.setIn(['metadata', 'name'], name);
  project.setIn(['spec', 'description'], `${name}, blue and green. Only Sluice pins what is deployed here.`);
  project.setIn(['spec', 'sourceRepos'], [sourceOf(answers)]);
  for (const [index, side] of environmentNames.entries())
    project.setIn(['spec', 'destinations', index, 'namespace'], `${name}-${side}`);
  // Groups and times of somebody else: who wants roles and windows finds them in Sluice's own `argocd/`.
  project.deleteIn(['spec', 'roles']);
  project.deleteIn(['spec', 'syncWindows']);
  const applications = environmentNames.map(async (side): Promise<[string, string]> => {
    const application = parseDocument(await read(shipped, `argocd/applications/production-${side}.yaml`));
    application.setIn(['metadata', 'name'], `${name}-${side}`);
    application.setIn(['metadata', 'labels', 'app.kubernetes.io/name'], name);
    application.setIn(['spec', 'project'], name);
    application.setIn(['spec', 'source', 'repoURL'], sourceOf(answers));
    application.setIn(['spec', 'source', 'helm', 'releaseName'], name);
    application.setIn(['spec', 'destination', 'namespace'], `${name}-${side}`);
    return [`argocd/applications/${name}-${side}.yaml`, application.toString()];
  });
  return [[`argocd/projects/${name}.yaml`, project.toString()], ...(await Promise.all(applications))];
}

/** The chart as it goes to both branches of the deploy repository, with the service's values. */
async function chartFiles(answers: Answers, shipped: string): Promise<[string, string][]> {
  const from = join(shipped, 'charts', 'service');
  const paths = (await readdir(from, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(from.length + 1));
  const copied = await Promise.all(
    paths.map(async (path): Promise<[string, string]> => [`deploy/chart/${path}`, await read(from, path)]),
  );
  const values = parseDocument(await read(from, 'values.yaml'));
  values.setIn(['port'], Number(answers.port));
  values.setIn(['probes', 'path'], answers.health);
  values.setIn(['image', 'repository'], single(answers.image ?? ''));
  return [
    ...copied,
    ['deploy/chart/values.yaml', values.toString()],
    ...environmentNames.map((side): [string, string] => [
      `deploy/chart/values-${side}.yaml`,
      stringify({ environment: side, config: { LOG_LEVEL: 'info' } }),
    ]),
  ];
}

function single(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = 'QUOTE_SINGLE';
  return scalar;
}
