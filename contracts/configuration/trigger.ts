import * as z from 'zod';
import { branch, uniqueBy, workflowFile } from './primitives.ts';

/** Branches of a folder, as in a workflow's `on.push.branches`: `hotfix/*` are those right below it, `hotfix/**` all of them. */
const folderPattern = /^(.+\/)(\*{1,2})$/;

const branchPattern = z.string().superRefine((pattern, context) => {
  const [, folder] = folderPattern.exec(pattern) ?? [];
  if (branch.safeParse(folder === undefined ? pattern : folder.slice(0, -1)).success) return;
  context.addIssue({ code: 'custom', message: 'must be a branch, or a folder of branches like hotfix/* or hotfix/**' });
});

/** Whether a branch is one of those that a pattern of `hotfixBranches` names. */
export function isOfPattern(pattern: string, name: string): boolean {
  const [, folder, depth] = folderPattern.exec(pattern) ?? [];
  if (folder === undefined) return name === pattern;
  const rest = name.startsWith(folder) ? name.slice(folder.length) : '';
  return rest !== '' && (depth === '**' || !rest.includes('/'));
}

/** Whether one branch could be of both patterns; in doubt it could. */
export function patternsMeet(one: string, other: string): boolean {
  const [, folder] = folderPattern.exec(one) ?? [];
  const [, otherFolder] = folderPattern.exec(other) ?? [];
  if (folder === undefined) return isOfPattern(other, one);
  if (otherFolder === undefined) return isOfPattern(one, other);
  return folder.startsWith(otherFolder) || otherFolder.startsWith(folder);
}

/** Where GitHub's merge queue makes its branches. */
export const mergeQueueFolder = 'gh-readonly-queue/';

/** `trigger:` of a service: which runs of CI build its releases. */
export const triggerSchema = z
  .strictObject({
    workflow: workflowFile,
    branch: branch.default('main'),
    /**
     * Branches whose runs start a hotfix, each a name or a folder like `hotfix/**`, where who started the run may call a deployment a hotfix. Protect
     * them as you do `branch`.
     */
    hotfixBranches: z
      .array(branchPattern)
      .readonly()
      .default([])
      .superRefine(uniqueBy((pattern) => pattern, 'branch')),
    /** Whether runs of GitHub's merge queue for `branch` (`on: merge_group`) build releases too. Each waits until its commit is on the branch. */
    mergeQueue: z.boolean().default(false),
  })
  .superRefine(({ branch: deployed, hotfixBranches }, context) => {
    for (const [index, pattern] of hotfixBranches.entries()) {
      const problem = (message: string) =>
        context.addIssue({ code: 'custom', path: ['hotfixBranches', index], message });
      if (patternsMeet(pattern, deployed))
        problem(`must not be trigger.branch (${deployed}), from which every release comes`);
      if (pattern.startsWith(mergeQueueFolder)) problem("must not be branches of GitHub's merge queue: see mergeQueue");
    }
  });
