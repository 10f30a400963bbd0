import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { SluiceError, UnreadableRecord } from '../../contracts/errors.ts';
import { oneLine } from '../../contracts/one-line.ts';
import { approvalProgress, uncountedOf } from '../../pipeline/approval/approval-progress.ts';
import { decide, standingOf } from '../../pipeline/approval/decide.ts';
import { readSummary } from '../../pipeline/approval/deployment-summary.ts';
import { type OpenedLink, openLink } from '../../pipeline/approval/open-link.ts';
import { timeZoneOf } from '../../pipeline/approval/reader.ts';
import { readSubjectFacts } from '../../pipeline/approval/subject-facts.ts';
import { windowFacts } from '../../pipeline/approval/window-facts.ts';
import { contactFacts } from '../../pipeline/notice/contacts-of.ts';
import { occasionOf } from '../../pipeline/notice/occasion-of.ts';
import { linksOf } from '../../pipeline/notice/service-links.ts';
import type { ApprovalsDeps } from '../../pipeline/ports.ts';
import { kibibytes, readBody } from '../http/read-body.ts';
import { answerOf } from './answer.ts';
import { type ApprovalPage, approvalPage, messagePage } from './page.ts';
import { pageHeaders } from './page-headers.ts';

const longestBody = kibibytes(16);

const formSchema = z.object({
  decision: z.enum(['approve', 'reject']),
  version: z.string().max(200).default(''),
  reason: z.string().max(2_000).overwrite(oneLine).default(''),
});

type Status = 200 | 400 | 404 | 409 | 410 | 413 | 422 | 500 | 503;

/** The approval pages. Whatever happens, the answer is a page, and the token is in no log and no message. */
export function createApp(deps: ApprovalsDeps): Hono {
  const app = new Hono();
  const answer = (context: Context, status: Status, document: string) => context.html(document, status, pageHeaders);
  const message = (context: Context, status: Status, title: string, text: string) =>
    answer(context, status, messagePage(title, text));
  const unknown = (context: Context) =>
    message(context, 404, 'Unknown link', 'This link is not valid. Open it exactly as it is in the mail.');
  const show = async (
    context: Context,
    status: Status,
    opened: OpenedLink,
    shown: Pick<ApprovalPage, 'notice' | 'form'>,
  ) => {
    const { approver, operation, service, approval } = opened;
    const summary = await readSummary(deps.store, operation, service);
    const progress = approvalProgress(deps.configuration, approval, deps.now());
    const subject = await readSubjectFacts(deps.store, approval, service);
    const reader = { timeZone: timeZoneOf(deps.configuration, approver), now: deps.now(), reads: 'now' } as const;
    const help = [
      ...linksOf(deps.configuration, service, occasionOf(operation)),
      ...contactFacts(deps.configuration, service),
    ];
    const window = windowFacts(operation, service, reader);
    return answer(
      context,
      status,
      approvalPage({ summary, subject, progress, window, approver, reader, help, ...shown }),
    );
  };

  const uncountedNow = ({ approval, approver }: OpenedLink) =>
    uncountedOf(deps.configuration, approvalProgress(deps.configuration, approval, deps.now()), approver);

  app.onError((error, context) => {
    const passing = error instanceof SluiceError;
    deps.log({ level: 'error', message: passing ? error.message : String(error), error: error.name });
    if (error instanceof UnreadableRecord) {
      const text =
        'Nothing was decided: somebody has changed the records of this operation since you were asked. Tell the people who run Sluice; its log has the record.';
      return message(context, 409, 'The records have changed', text);
    }
    return message(context, passing ? 503 : 500, 'Not now', 'Nothing was decided. Try again in a minute.');
  });

  // Also answers HEAD: hono runs the handler of GET and leaves the body out.
  app.get('/approvals/:token', async (context) => {
    const opened = await openLink(deps, context.req.param('token'));
    if (opened === null) return unknown(context);
    const standing = standingOf(deps, opened);
    if (standing.kind === 'accepted') return show(context, 200, opened, { notice: null, form: { filled: null } });
    const { notice } = answerOf(standing, opened, uncountedNow(opened));
    return show(context, 200, opened, { notice, form: null });
  });

  app.post('/approvals/:token', async (context) => {
    const body = await readBody(context.req.raw, longestBody);
    if (body.kind === 'too-large')
      return message(context, 413, 'Too long', 'Nothing was decided: the form is too long.');
    const opened = await openLink(deps, context.req.param('token'));
    if (opened === null) return unknown(context);
    const fields = await readForm(context.req.header('content-type'), body.bytes);
    const form = formSchema.safeParse(fields ?? {});
    if (!form.success || fields === null) {
      const notice = {
        tone: 'problem' as const,
        text: 'Choose approve or reject, and keep the reason below 2,000 characters.',
      };
      return show(context, 422, opened, { notice, form: { filled: fields ?? {} } });
    }
    const decided = await decide(deps, opened, form.data);
    // The page shows the approval as it is after the decision.
    const after = (await openLink(deps, context.req.param('token'))) ?? opened;
    const { status, notice, form: again } = answerOf(decided, opened, uncountedNow(after));
    return show(context, status, after, { notice, form: again === 'again' ? { filled: form.data } : null });
  });
  return app;
}

/** The form's text fields; whatever cannot be read has none. Null where one of them appears twice, so that nobody knows which one was meant. */
async function readForm(
  contentType: string | undefined,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Record<string, string> | null> {
  try {
    const headers = { 'content-type': contentType ?? 'application/x-www-form-urlencoded' };
    const form = await new Response(bytes, { headers }).formData();
    const fields = [...form];
    if (new Set(form.keys()).size < fields.length) return null;
    return Object.fromEntries(fields.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
  } catch {
    return {};
  }
}
