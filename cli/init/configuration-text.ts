import { stringify } from 'yaml';
import { type Answers, githubOf, isEnterprise } from './answers.ts';

/** What editors read the keys of sluice.yaml from; `init` writes it beside. */
export const schemaFile = 'sluice.schema.json';

/** A value of YAML, on one line. */
const value = (of: unknown): string => stringify(of, { collectionStyle: 'flow', lineWidth: 0 }).trim();

/** sluice.yaml for one service; everything that has a default is left to it, or says why it is there. */
export function configurationText(answers: Answers): string {
  const {
    name = '',
    repository,
    image,
    health,
    host = '',
    cluster,
    region,
    prometheus,
    sluice,
    page = '',
    versions = 'semver',
  } = answers;
  const provenance = isEnterprise(answers) ? '' : ', provenance: required';
  const people = (answers.approvers ?? '')
    .split(',')
    .map((one) => one.trim().split('='))
    .map(([mail = '', github]) => ({ mail, ...(github === undefined ? {} : { github }) }))
    .filter(({ mail }) => mail !== '');
  const approvers = people.map(({ mail }) => mail);
  const domain = host.replace(/^[^.]+\./, '');
  const preview = (side: string) => value(`https://${name}-${side}.${domain}`);
  const paging = page.startsWith('arn:') ? { sns: page } : { webhook: page };
  return `# yaml-language-server: $schema=./${schemaFile}
# What Sluice knows of ${name}. \`sluice validate\` says what is wrong in it, docs/install.md and cdk/example/sluice.yaml of Sluice what else there is.
mail: { from: ${value(answers['mail-from'])} }
urls: { approvals: ${value(sluice)} }
${isEnterprise(answers) ? `github: { server: ${value(githubOf(answers))} }\n` : ''}clusters:
  - { name: ${value(cluster)}, region: ${value(region)} }
# Everybody who may start, approve or steer. github is their login, by which nobody approves their own work; with timeZone: Europe/Berlin they
# get times by their own clock.
people:
${people.map((person) => `  - ${value(person)}`).join('\n')}
services:
  - name: ${value(name)}
    repository: ${value(repository)}
    # The workflow that builds a release and uploads release.json; its success starts a deployment.
    # hotfixBranches: [hotfix/**] starts hotfixes from such branches; mergeQueue: true takes what GitHub's merge queue has built.
    trigger: { workflow: .github/workflows/release.yml, branch: main }${versions === 'semver' ? '' : `\n    versions: ${value(versions)}`}
    cluster: ${value(cluster)}
    gitops: { repository: ${value(answers['deploy-repository'])}, path: chart }
    environments:
      # preview: an address of this side alone, whatever the weights are, by which checks are made (charts/gateway).
      blue: { namespace: ${value(`${name}-blue`)}, application: ${value(`${name}-blue`)}, preview: ${preview('blue')} }
      green: { namespace: ${value(`${name}-green`)}, application: ${value(`${name}-green`)}, preview: ${preview('green')} }
    replicas: { min: 3, max: 10, minAvailable: 3 }
    # Percent of the traffic, step by step, each judged for the interval.
    traffic:
      router: istio
      route: { namespace: ${value(name)}, name: ${value(name)} }
      host: ${value(host)}
      steps: [5, 25, 50, 100]
      interval: 5m
      # Write what both sides together get at the quietest time: then \`sluice validate\` says which steps cannot notice what the objectives forbid.
      # requestsPerSecond: 20
    health:
      deadline: 10m
      checks:
        - { name: ready, path: ${value(health)}, status: 200, within: 2s, consecutive: 3 }
    # What a release must not be worse than. minSamples: requests in the window, for each side.
    objectives:
      source: { istio: ${value(prometheus)}, gateway: istio-ingressgateway }
      window: 1m
      minSamples: 100
      list:
        - { name: error-rate, max: 0.01, for: 5m }
        - { name: latency-p95, max: 2.5, for: 5m }
    # requiredChecks: jobs that have to succeed for the commit. image: where images may lie${provenance === '' ? ' (a GitHub Enterprise Server attests none)' : ', and that the workflow itself has built them'}.
    validation:
      requiredChecks: [test]
      image: { repositories: [${value(image)}]${provenance} }
    approvals:
      expire: 24h
      remind: 4h
      rules:
        - { role: approvers, members: ${value(approvers)}, count: 1 }
    notify:
      deployments: ${value(approvers)}
      page: ${value(paging)}
`;
}
