import type { Environment } from '../functions/runtime/environment.ts';
import type { RegisteredFunction } from './aws/invoke-function.ts';

/**
 * Every function of Sluice that a state machine or an event invokes, by the last part of its name on AWS. No timer calls `watch` here:
 * its alarms would have nobody to wake.
 */
const invoked = ['release', 'operation', 'observe', 'act', 'return-traffic', 'notify', 'guardian', 'watch'] as const;
/** Those with an HTTP face: their apps are mounted on the sandbox's front, as API Gateway does on AWS. */
const http = ['github-webhook', 'alertmanager-webhook', 'approvals', 'api-read', 'api-operate', 'plan'] as const;

export const functionNames = [...invoked, ...http] as const;
export type FunctionName = (typeof functionNames)[number];

/** The name by which Lambda knows a function. */
export const lambdaNameOf = (name: FunctionName): string => `sluice-${name}`;

const timeoutMs = 60_000;

type Handler = (event: unknown) => Promise<unknown>;

/** How each invoked function is built from its environment. Imports are deferred, so that the stand-ins start meanwhile. */
const builders: Record<(typeof invoked)[number], (environment: Environment) => Promise<Handler>> = {
  release: async (environment) =>
    build(environment, import('../functions/release/handler.ts'), import('../functions/release/deps.ts')),
  operation: async (environment) =>
    build(environment, import('../functions/operation/handler.ts'), import('../functions/operation/deps.ts')),
  observe: async (environment) =>
    build(environment, import('../functions/observe/handler.ts'), import('../functions/observe/deps.ts')),
  act: async (environment) =>
    build(environment, import('../functions/act/handler.ts'), import('../functions/act/deps.ts')),
  'return-traffic': async (environment) =>
    build(environment, import('../functions/return-traffic/handler.ts'), import('../functions/return-traffic/deps.ts')),
  notify: async (environment) =>
    build(environment, import('../functions/notify/handler.ts'), import('../functions/notify/deps.ts')),
  guardian: async (environment) =>
    build(environment, import('../functions/guardian/handler.ts'), import('../functions/guardian/deps.ts')),
  watch: async (environment) =>
    build(environment, import('../functions/watch/handler.ts'), import('../functions/watch/deps.ts')),
};

async function build<Deps>(
  environment: Environment,
  handler: Promise<{ createHandler: (deps: Deps) => Handler }>,
  deps: Promise<{ createDeps: (environment: Environment) => Deps }>,
): Promise<Handler> {
  const [{ createHandler }, { createDeps }] = await Promise.all([handler, deps]);
  return createHandler(createDeps(environment));
}

/**
 * The invoked functions, each with an environment of its own, so that the stand-ins know who calls. They are known at once, and an
 * invocation that comes before `environments` are there waits for them: a resumed execution must not meet a missing function.
 */
export function createFunctions(environments: Promise<(name: FunctionName) => Environment>): {
  functions: Map<string, RegisteredFunction>;
  ready: Promise<unknown>;
} {
  const handlers = invoked.map((name) => {
    const handler = environments.then((environmentOf) => builders[name](environmentOf(name)));
    handler.catch(() => undefined); // reported by `ready`
    const registered: RegisteredFunction = { handler: async (event) => (await handler)(event), timeoutMs };
    return { name, handler, registered };
  });
  return {
    functions: new Map(handlers.map(({ name, registered }) => [lambdaNameOf(name), registered])),
    ready: Promise.all(handlers.map(({ handler }) => handler)),
  };
}
