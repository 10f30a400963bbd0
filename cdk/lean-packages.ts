import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/** What stands in a package in place of a module, by its name. Each does on Lambda what the original would do there. */
const replacements: Readonly<Record<string, string>> = {
  // Keys are in the variables that Lambda sets: no profile, no container and no instance is asked for them.
  '@aws-sdk/credential-provider-node': "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
};

/** Leaves out of a function's package what Lambda never needs and every cold start would pay for. */
export const leanPackages: Plugin = {
  name: 'lean-packages',
  setup(build) {
    // Parsed and checked at packaging.
    build.onResolve({ filter: /\/read-configuration\.ts$/ }, ({ path, resolveDir, kind }) =>
      build.resolve(path.replace('read-configuration', 'read-packaged-configuration'), { resolveDir, kind }),
    );
    // Messages in 60 languages, of which the code uses English, by another path.
    build.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: 'export {};' }));
    // Node's own modules as `require` gives them. `import` reads every property of such a module at once, also those that are only made
    // when they are read: `import 'node:http'` loads all of fetch and WebSocket that way, a third of a webhook's cold start.
    build.onResolve({ filter: /^(node:)?[a-z][\w/]*$/ }, ({ path }) =>
      isBuiltin(path) ? { path, namespace: 'builtin' } : null,
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
    const names = Object.keys(replacements).map((name) => name.replace(/[/.]/g, '\\$&'));
    build.onResolve({ filter: new RegExp(`^(${names.join('|')})$`) }, ({ path }) => ({ path, namespace: 'lean' }));
    build.onLoad({ filter: /.*/, namespace: 'lean' }, ({ path }) => {
      const contents = replacements[path];
      return contents === undefined ? null : { contents, resolveDir: import.meta.dirname };
    });
  },
};
