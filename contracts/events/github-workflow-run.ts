import * as z from 'zod';

const login = z.looseObject({ login: z.string() }).nullish();

/**
 * GitHub's `workflow_run` event. Older payloads have the workflow's path only in `workflow.path`, newer ones in
 * `workflow_run.path` too; `workflow` and `head_repository` can be null.
 */
export const workflowRunEventSchema = z.looseObject({
  /** `requested`, `in_progress` or `completed`. */
  action: z.string(),
  repository: z.looseObject({ id: z.int(), full_name: z.string() }),
  workflow: z.looseObject({ path: z.string() }).nullish(),
  workflow_run: z.looseObject({
    id: z.int(),
    run_attempt: z.int().min(1).default(1),
    /** What started the run: `push`, `pull_request`, `workflow_dispatch`… */
    event: z.string(),
    /** Null while the run goes on. */
    conclusion: z.string().nullish(),
    head_branch: z.string().nullish(),
    head_sha: z.string(),
    head_repository: z.looseObject({ id: z.int() }).nullish(),
    path: z.string().nullish(),
    html_url: z.string(),
    actor: login,
    triggering_actor: login,
  }),
});

export type WorkflowRunEvent = z.output<typeof workflowRunEventSchema>;
