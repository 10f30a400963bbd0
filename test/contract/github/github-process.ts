import { startSeededGitHub } from './seeded-github.ts';

/** A process of its own, to be killed: `node github-process.ts DATA_DIR` prints its endpoint. */
const { github } = await startSeededGitHub({}, process.argv[2]);
console.log(github.endpoint);
