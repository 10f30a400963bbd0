import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { run as evaluate } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { dumpYaml, loadYaml } from '@kubernetes/client-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { helmBinary } from '../../../sandbox/kubernetes/controllers/application/render-chart.ts';

const run = promisify(execFile);
const registry = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const digest = `sha256:${'a'.repeat(64)}`;
const values = [`repositories={${registry}/app,${registry}/team/*}`, 'sidecars={docker.io/istio/proxyv2}'];

interface Rendered {
  readonly kind: string;
  readonly spec: {
    readonly variables: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly { readonly expression: string; readonly messageExpression: string }[];
  };
}

describe('the chart that admits images', () => {
  let helm: string;
  beforeAll(async () => {
    helm = await helmBinary();
  });
  const render = async (...set: string[]): Promise<Rendered[]> => {
    const args = ['template', 'admission', 'charts/admission', '--kube-version', '1.35.0'];
    const { stdout } = await run(helm, [...args, ...set.flatMap((value) => ['--set', value])]);
    // What Helm renders are Kubernetes objects; the fields that are read below are checked by the test itself.
    return parseAllDocuments(stdout).map((document) => document.toJS() as Rendered);
  };

  it('lints strictly, and is what the API knows, field by field', async () => {
    const lint = await run(helm, ['lint', '--strict', 'charts/admission', ...values.flatMap((one) => ['--set', one])]);
    const objects = await render(...values, 'validationActions={Warn,Audit}');

    expect(lint.stdout).toContain('0 chart(s) failed');
    expect(objects.map(({ kind }) => kind)).toEqual(['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']);
    // The client of Kubernetes reads and writes only the fields that its API describes.
    for (const object of objects) expect(parse(dumpYaml(loadYaml(stringify(object))))).toEqual(object);
  });

  it('is not rendered without a repository, nor with one that could end the expression', async () => {
    await expect(render()).rejects.toThrow(/repositories: name at least one/);
    for (const name of [
      "a.example/app')||true||x.matches('",
      'a.example/app@sha256:abc',
      'a.example/app|.*',
      'a.example/ap*',
    ]) {
      await expect(render(`repositories={${name}}`)).rejects.toThrow(/is no repository/);
    }
  });

  describe('as the API server evaluates it', () => {
    let policy: Rendered;
    beforeAll(async () => {
      const [first] = await render(...values);
      if (first === undefined) throw new Error('the chart has no policy');
      policy = first;
    });
    /** Whether a pod is admitted, by an evaluator of CEL that is not Kubernetes' own. */
    const judge = (spec: object, before: object | null = null) => {
      const bindings: Record<string, unknown> = {
        object: { spec },
        oldObject: before === null ? null : { spec: before },
      };
      const variables: Record<string, unknown> = {};
      const calculate = (expression: string) =>
        // The bindings are JSON, which CEL takes as it is.
        evaluate(expression, { ...bindings, variables } as never, { funcs: [...strings] });
      for (const { name, expression } of policy.spec.variables) variables[name] = calculate(expression);
      const [validation] = policy.spec.validations;
      if (validation === undefined) throw new Error('the policy validates nothing');
      return { admitted: calculate(validation.expression), message: calculate(validation.messageExpression) };
    };
    const pod = (...images: string[]) => ({ containers: images.map((image) => ({ image })) });
    const good = `${registry}/app@${digest}`;

    it.each([
      pod(good),
      pod(good, `${registry}/team/deep/app@${digest}`, 'docker.io/istio/proxyv2:1.28.0', 'docker.io/istio/proxyv2'),
      { ...pod(good), initContainers: [{ image: good }], ephemeralContainers: [{ image: good }] },
    ])('admits %j', (spec) => {
      expect(judge(spec).admitted).toBe(true);
    });

    it.each([
      pod(`${registry}/app:v1`),
      pod(`${registry}/app`),
      pod(`${registry}/app:v1@${digest}`),
      pod(`${registry}/app@sha256:abc`),
      pod(`${registry}/other@${digest}`),
      pod(`${registry}/app/below@${digest}`),
      pod(`${registry}/team@${digest}`),
      pod(`${registry.replaceAll('.', 'x')}/app@${digest}`),
      pod(`evil.example/${good}`),
      pod(`${good} `),
      pod(`${good}\n`),
      pod('docker.io/istio/proxyv2x:1'),
      pod(good, 'busybox'),
      { ...pod(good), initContainers: [{ image: 'busybox' }] },
      { ...pod(good), ephemeralContainers: [{ image: `busybox@${digest}` }] },
      { containers: [{ name: 'nothing' }] },
    ])('refuses %j', (spec) => {
      expect(judge(spec).admitted).toBe(false);
    });

    it('says what it refused and what would be admitted', () => {
      expect(judge(pod(good, 'busybox')).message).toBe(
        `not admitted: busybox. Images come from ${registry}/app, ${registry}/team/*, by digest`,
      );
    });

    it('lets a pod that is there already be changed, as long as it runs nothing new', () => {
      const old = pod('busybox');

      expect(judge(old, old).admitted).toBe(true);
      expect(judge(pod('busybox:2'), old).admitted).toBe(false);
      expect(judge({ ...pod(good), ephemeralContainers: [{ image: 'busybox' }] }, pod(good)).admitted).toBe(false);
    });
  });
});
