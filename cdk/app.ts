import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { InvalidConfiguration } from '../contracts/errors.ts';
import { bundleFunctions } from './bundle-functions.ts';
import { readInstallation } from './installation.ts';
import { addClusterAccessStacks } from './stacks/cluster-access-stack.ts';
import { DataStack } from './stacks/data-stack.ts';
import { SluiceStack } from './stacks/sluice-stack.ts';

try {
  const app = new App({ analyticsReporting: false });
  const installation = readInstallation((key) => app.node.tryGetContext(key));
  const bundles = await bundleFunctions(installation, join(app.outdir, 'bundles'));
  const sluice = new SluiceStack(app, installation.name, {
    installation,
    data: new DataStack(app, installation),
    codeOf: (name) => Code.fromAsset(bundles[name]),
  });
  addClusterAccessStacks(app, installation, sluice);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
} catch (error) {
  if (!(error instanceof InvalidConfiguration)) throw error;
  // The author of the configuration needs its problems, not a stack trace.
  console.error(error.message);
  process.exitCode = 1;
}
