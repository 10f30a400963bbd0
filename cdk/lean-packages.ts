import { join } from 'node:path';
import type { Plugin } from 'esbuild';

const modules = join(import.meta.dirname, '..', 'node_modules');

/** What stands in a package in place of a module, by its name. Each does on Lambda what the original would do there. */
const replacements: Readonly<Record<string, string>> = {
  // Keys are in the variables that Lambda sets: no profile, no container and no instance is asked for them.
  '@aws-sdk/credential-provider-node': "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
};

const smithy = '@smithy/core/dist-es/submodules';

/**
 * What the signature takes from the SDK's core, by the files that have it. Through the core's index a cold start would load all that any
 * client takes from it, ten times as much. A name that is missing here fails the build.
 */
const signersCore: Readonly<Record<string, string>> = {
  '@smithy/core/serde': `
    export { fromHex, toHex } from '${smithy}/serde/util-hex-encoding/hex-encoding.js';
    export { fromUtf8 } from '${smithy}/serde/util-utf8/fromUtf8.js';
    export { hasOwn } from '${smithy}/transport/hasOwn.js';
    export { isArrayBuffer } from '${smithy}/serde/is-array-buffer/is-array-buffer.js';
    export { toUint8Array } from '${smithy}/serde/util-utf8/toUint8Array.js';
    export { writeKey } from '${smithy}/serde/writeKey.js';`,
  '@smithy/core/protocols': `
    export { escapeUri } from '${smithy}/protocols/util-uri-escape/escape-uri.js';
    export { HttpRequest } from '${smithy}/transport/httpRequest.js';`,
  '@smithy/core/client': `export { normalizeProvider } from '${smithy}/transport/normalizeProvider.js';`,
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
    const names = Object.keys(replacements).map((name) => name.replace(/[/.]/g, '\\$&'));
    build.onResolve({ filter: new RegExp(`^(${names.join('|')})$`) }, ({ path }) => ({ path, namespace: 'lean' }));
    build.onResolve({ filter: /^@smithy\/core\/\w+$/ }, ({ path, importer }) =>
      importer.includes('/@smithy/signature-v4/') && path in signersCore ? { path, namespace: 'signer' } : null,
    );
    build.onResolve({ filter: /^@smithy\/core\/dist-es\// }, ({ path }) => ({
      path: join(modules, path),
      sideEffects: false,
    }));
    build.onLoad({ filter: /.*/, namespace: 'signer' }, ({ path }) => ({
      contents: signersCore[path] ?? '',
      resolveDir: import.meta.dirname,
    }));
    build.onLoad({ filter: /.*/, namespace: 'lean' }, ({ path }) => {
      const contents = replacements[path];
      return contents === undefined ? null : { contents, resolveDir: import.meta.dirname };
    });
  },
};
