import { defineConfig } from 'vitest/config';

/** The tests by which the rules are judged: their own. What end-to-end tests would find besides does not count. */
export default defineConfig({
  test: {
    experimental: { viteModuleRunner: false, nodeLoader: false },
    pool: 'forks',
    isolate: false,
    include: ['test/unit/core/**/*.test.ts'],
    sequence: { hooks: 'list' },
  },
});
