import { releaseArtifact } from '../../contracts/release.ts';
import { type Answers, isEnterprise } from './answers.ts';

/** A secret, variable or output of GitHub Actions. */
const of = (expression: string): string => `\${{ ${expression} }}`;

/** What gives the job its VERSION: one that no other release has, as `versions` of sluice.yaml writes it. */
function versionParts(versions: string): { readonly env: string; readonly step: string } {
  const comment = `      # A version that no other release has (versions: ${versions} in sluice.yaml).\n`;
  if (versions === 'calendar') {
    const run = `echo "VERSION=$(date -u +%Y.%-m.%-d).${of('github.run_number')}" >> "$GITHUB_ENV"`;
    return { env: '', step: `${comment}      - run: ${run}\n` };
  }
  const value = versions === 'any' ? of('github.sha') : `v1.${of('github.run_number')}.0`;
  return { env: `${comment}      VERSION: ${value}\n`, step: '' };
}

/** What of the workflow depends on the server: a GitHub Enterprise Server has no runners of its own, no attestations, and the artifacts of version 3. */
function serverParts(answers: Answers) {
  if (isEnterprise(answers)) {
    return {
      runner: 'self-hosted',
      rights: '    # id-token: AWS knows this job by it.\n    permissions: { contents: read, id-token: write }\n',
      attest: '',
      upload: 'actions/upload-artifact@c6a366c94c3e0affe28c06c8df20a878f24da3cf # v3.2.2',
    };
  }
  const subject = `subject-name: ${answers.image ?? ''}, subject-digest: '${of('steps.build.outputs.digest')}'`;
  return {
    runner: 'ubuntu-24.04',
    rights: `    # id-token: AWS and the attestation know this job by it. attestations: validation.image.provenance.
    permissions: { contents: read, id-token: write, attestations: write }
`,
    attest: `      - uses: actions/attest-build-provenance@a2bbfa25375fe432b6a289bc6b6cd05ecd0c4c32 # v4.1.0
        with: { ${subject} }
`,
    upload: 'actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0',
  };
}

/** The workflow that builds an image, attests it where that is possible, and says in `release.json` what it is. */
export function releaseWorkflow(answers: Answers): string {
  const { image = '', region = '', versions = 'semver' } = answers;
  const { runner, rights, attest, upload } = serverParts(answers);
  const version = versionParts(versions);
  const registry = image.split('/')[0] ?? '';
  return `# Builds a release, and tells Sluice of it: its success on main starts a deployment (trigger.workflow in sluice.yaml).
name: release
on:
  push: { branches: [main] }
permissions: { contents: read }
jobs:
  test:
    runs-on: ${runner}
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with: { persist-credentials: false }
      # Your tests: a release whose job "test" fails goes nowhere (validation.requiredChecks).
      - run: make test
  image:
    needs: test
    runs-on: ${runner}
${rights}    env:
${version.env}      IMAGE: ${image}
    steps:
${version.step}      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with: { persist-credentials: false }
      # A role of your account that may push this image: the variable AWS_ROLE of the repository.
      - uses: aws-actions/configure-aws-credentials@8df5847569e6427dd6c4fb1cf565c83acfa8afa7 # v6.0.0
        with: { role-to-assume: '${of('vars.AWS_ROLE')}', aws-region: ${region} }
      - run: aws ecr get-login-password | docker login --username AWS --password-stdin ${registry}
      - id: build
        run: |
          docker buildx build --push --tag "$IMAGE:$VERSION" --metadata-file built.json .
          echo "digest=$(jq -er '."containerimage.digest"' built.json)" >> "$GITHUB_OUTPUT"
${attest}      - env: { DIGEST: '${of('steps.build.outputs.digest')}' }
        run: |
          jq -n '{version: env.VERSION, image: env.IMAGE, digest: env.DIGEST}' > ${releaseArtifact.file}
      - uses: ${upload}
        with: { name: ${releaseArtifact.name}, path: ${releaseArtifact.file}, if-no-files-found: error }
`;
}
