import * as z from 'zod';
import { fullName, type Repository } from '../github-store.ts';
import { isoSeconds } from '../present-commit.ts';
import { nodeId, presentUser } from '../present-repository.ts';
import { pullRequestNumbered } from '../pull-requests.ts';
import { type Call, notFound, page, parseInput, type Reply, type Route, route } from '../router.ts';
import type { CommentRow, IssueRow } from '../rows.ts';
import { idOf, repositoryOf, type World } from '../world.ts';

const Label = z
  .union([z.string(), z.object({ name: z.string() })])
  .transform((one) => (typeof one === 'string' ? one : one.name));
const NewIssue = z.object({
  title: z.string().min(1),
  body: z.string().nullable().default(null),
  labels: z.array(Label).default([]),
  assignees: z.array(z.string()).default([]),
});
const IssueUpdate = z.object({
  title: z.string().min(1).optional(),
  body: z.string().nullable().optional(),
  state: z.enum(['open', 'closed']).optional(),
  labels: z.array(Label).optional(),
});
const NewComment = z.object({ body: z.string().min(1) });

/** Issues and their comments. */
export const issueRoutes = (world: World): Route[] => [
  route('POST', '/repos/{owner}/{repo}/issues', (call) => createIssue(world, call)),
  route('GET', '/repos/{owner}/{repo}/issues', (call) => listIssues(world, call)),
  route('GET', '/repos/{owner}/{repo}/issues/{number}', (call) => {
    // GitHub counts pull requests among the issues, and says so.
    const pull = pullRequestNumbered(world, repositoryOf(world, call), idOf(call, 'number'));
    if (pull !== undefined) {
      const {
        merged: _merged,
        merged_by: _by,
        base: _base,
        head: _head,
        draft,
        merge_commit_sha: _sha,
        ...shown
      } = pull;
      const { url, html_url, merged_at } = pull;
      const links = { url, html_url, merged_at, diff_url: `${html_url}.diff`, patch_url: `${html_url}.patch` };
      return { json: { ...shown, draft, url: url.replace('/pulls/', '/issues/'), pull_request: links } };
    }
    const { repository, issue } = issueOf(world, call);
    return { json: presentIssue(world.endpoint(), repository, issue) };
  }),
  route('PATCH', '/repos/{owner}/{repo}/issues/{number}', (call) => updateIssue(world, call)),
  route('GET', '/repos/{owner}/{repo}/issues/{number}/comments', (call) => {
    const { repository, issue } = issueOf(world, call);
    const { items, headers } = page(commentsOf(repository, issue), call, world.endpoint());
    return { headers, json: items.map((one) => presentComment(world.endpoint(), repository, one)) };
  }),
  route('POST', '/repos/{owner}/{repo}/issues/{number}/comments', async (call) => {
    const { repository, issue } = issueOf(world, call);
    const { body } = parseInput(NewComment, call.body);
    const row = await world.store.write((editor) => {
      const createdAt = isoSeconds(editor.now);
      const made = { id: editor.nextId(), issueNumber: issue.number, body, author: call.login, createdAt };
      editor.put(repository, 'comments', made);
      return made;
    });
    return { status: 201, json: presentComment(world.endpoint(), repository, row) };
  }),
];

function issueOf(world: World, call: Call) {
  const repository = repositoryOf(world, call);
  const number = idOf(call, 'number');
  const issue = [...repository.tables.issues.values()].find((one) => one.number === number);
  if (issue === undefined) throw notFound();
  return { repository, issue };
}

const commentsOf = (repository: Repository, issue: IssueRow): CommentRow[] =>
  [...repository.tables.comments.values()].filter((one) => one.issueNumber === issue.number);

async function createIssue(world: World, call: Call): Promise<Reply> {
  const repository = repositoryOf(world, call);
  const input = parseInput(NewIssue, call.body);
  const issue = await world.store.write((editor) => {
    const at = isoSeconds(editor.now);
    const number = 1 + Math.max(100, ...[...repository.tables.issues.values()].map((one) => one.number));
    const times = { createdAt: at, updatedAt: at, closedAt: null };
    const made: IssueRow = { ...input, ...times, id: editor.nextId(), number, state: 'open', author: call.login };
    editor.put(repository, 'issues', made);
    return made;
  });
  return { status: 201, json: presentIssue(world.endpoint(), repository, issue) };
}

function listIssues(world: World, call: Call): Reply {
  const repository = repositoryOf(world, call);
  const state = call.query.get('state') ?? 'open';
  const labels = (call.query.get('labels') ?? '').split(',').filter((one) => one !== '');
  const found = [...repository.tables.issues.values()]
    .filter((one) => state === 'all' || one.state === state)
    .filter((one) => labels.every((label) => one.labels.includes(label)))
    .sort((a, b) => b.number - a.number);
  const { items, headers } = page(found, call, world.endpoint());
  return { headers, json: items.map((one) => presentIssue(world.endpoint(), repository, one)) };
}

async function updateIssue(world: World, call: Call): Promise<Reply> {
  const { repository, issue } = issueOf(world, call);
  const input = parseInput(IssueUpdate, call.body);
  const at = isoSeconds(Date.now());
  const state = input.state ?? issue.state;
  const updated: IssueRow = {
    ...issue,
    title: input.title ?? issue.title,
    body: input.body === undefined ? issue.body : input.body,
    labels: input.labels ?? issue.labels,
    state,
    updatedAt: at,
    closedAt: state === 'open' ? null : (issue.closedAt ?? at),
  };
  await world.store.write((editor) => editor.put(repository, 'issues', updated));
  return { json: presentIssue(world.endpoint(), repository, updated) };
}

function presentIssue(endpoint: string, repository: Repository, issue: IssueRow) {
  const name = fullName(repository.row);
  return {
    id: issue.id,
    node_id: nodeId('Issue', issue.id),
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    labels: issue.labels.map((label) => ({ id: 0, name: label, color: 'ededed' })),
    assignees: issue.assignees.map((login) => presentUser(endpoint, login)),
    user: presentUser(endpoint, issue.author),
    comments: commentsOf(repository, issue).length,
    url: `${endpoint}/repos/${name}/issues/${issue.number}`,
    html_url: `${endpoint}/${name}/issues/${issue.number}`,
    comments_url: `${endpoint}/repos/${name}/issues/${issue.number}/comments`,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
  };
}

function presentComment(endpoint: string, repository: Repository, comment: CommentRow) {
  const name = fullName(repository.row);
  return {
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    body: comment.body,
    user: presentUser(endpoint, comment.author),
    url: `${endpoint}/repos/${name}/issues/comments/${comment.id}`,
    html_url: `${endpoint}/${name}/issues/${comment.issueNumber}#issuecomment-${comment.id}`,
    issue_url: `${endpoint}/repos/${name}/issues/${comment.issueNumber}`,
    created_at: comment.createdAt,
    updated_at: comment.createdAt,
  };
}
