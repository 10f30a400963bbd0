import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { exampleFile, readInstallation } from '../../../cdk/installation.ts';
import { addClusterAccessStacks } from '../../../cdk/stacks/cluster-access-stack.ts';
import { DataStack } from '../../../cdk/stacks/data-stack.ts';
import { SluiceStack } from '../../../cdk/stacks/sluice-stack.ts';

/**
 * Synthesizes the example with cdk-nag into a folder, as `cdk synth` does, and throws what cdk-nag finds. The packages of the functions are a
 * stub (bundle.test.ts builds the real ones).
 */
export function assemble(outdir: string, context: Readonly<Record<string, string>>) {
  process.env.CDK_VALIDATION = 'false';
  const app = new App({
    analyticsReporting: false,
    outdir,
    context: { configuration: exampleFile, name: 'sluice', ...context },
  });
  const installation = readInstallation((key) => app.node.tryGetContext(key));
  const stub = Code.fromAsset(join(import.meta.dirname, 'stub'));
  const data = new DataStack(app, installation);
  const sluice = new SluiceStack(app, installation.name, { installation, data, codeOf: () => stub });
  addClusterAccessStacks(app, installation, sluice);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app.synth();
}
