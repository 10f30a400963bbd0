import { Fragment, type VNode } from 'preact';
import type { ApiOperation } from '../contracts/api/operation.ts';
import { Ago, Badge, FormButton } from './parts.tsx';
import { Output } from './view-findings.tsx';

type Approvals = NonNullable<ApiOperation['approvals']>;
type Subject = NonNullable<Approvals['subject']>;

/** Who has to approve, who did, and who is waited for. */
export function ApprovalsView({
  operation: { approvals, id, release, outcome },
  now,
  viewer,
}: {
  operation: ApiOperation;
  now: number;
  viewer: string | null;
}): VNode | null {
  if (approvals === null) return null;
  const { state, rules, decisions, forged, missing, expiresAt, notCounting, unknownAuthors, subject } = approvals;
  const waiting = state === 'pending' && outcome === null;
  const asked = rules.some(({ members }) => viewer !== null && members.includes(viewer));
  // A person who approved by mail may still have to sign in for it.
  const wanted = missing.some(({ from }) => viewer !== null && from.includes(viewer));
  const decided = decisions.some(({ approver }) => approver === viewer) && !wanted;
  return (
    <div class="part">
      <h3>
        {'Approvals '}
        <span class="soft">
          {waiting ? (
            <>
              end <Ago at={expiresAt} now={now} />
            </>
          ) : (
            state
          )}
        </span>
      </h3>
      <ul class="rules">
        {rules.map((rule) => (
          <Rule key={rule.role} rule={rule} open={missing.find(({ role }) => role === rule.role)} />
        ))}
      </ul>
      <ul class="decisions">
        {decisions.map((decision) => (
          <Decision key={`${decision.approver} ${decision.via}`} decision={decision} now={now} />
        ))}
      </ul>
      {forged.map(({ approver, decision }) => (
        <p key={`forged-${approver}`}>
          <Badge tone="bad">forged</Badge>
          {` Somebody wrote into the table that ${approver} ${decision === 'approve' ? 'approved' : 'rejected'}. It does not count.`}
        </p>
      ))}
      {notCounting.map((text) => (
        <p class="soft" key={text}>
          {text}
        </p>
      ))}
      {unknownAuthors.length === 0 ? null : (
        <p class="soft">{`Contributors who are not under people in sluice.yaml: ${unknownAuthors.join(', ')}.`}</p>
      )}
      {
        // Before what is decided on, which may be long.
        waiting && asked && !decided && release !== null ? (
          <div class="actions">
            <FormButton form="decide" about={id} tone="work">
              Approve or reject…
            </FormButton>
          </div>
        ) : null
      }
      {subject === null ? null : <SubjectView subject={subject} />}
    </div>
  );
}

const Rule = ({
  rule,
  open,
}: {
  rule: Approvals['rules'][number];
  open: Approvals['missing'][number] | undefined;
}): VNode => (
  <li>
    {open === undefined ? (
      <Badge tone="calm">{rule.role}</Badge>
    ) : (
      <Badge tone="wait">{`${rule.role}: ${open.count} more`}</Badge>
    )}
    <span class="soft">{open === undefined ? '' : ` of ${open.from.join(', ')}`}</span>
    {rule.require === null ? null : <span class="soft"> (signed in)</span>}
  </li>
);

const Decision = ({
  decision: { approver, decision, reason, at, via, uncounted },
  now,
}: {
  decision: Approvals['decisions'][number];
  now: number;
}): VNode => (
  <li>
    <Badge tone={decision === 'approve' ? 'calm' : 'bad'}>{decision === 'approve' ? 'approved' : 'rejected'}</Badge>
    {` by ${approver}, `}
    <Ago at={at} now={now} />
    <span class="soft">{via === 'mail-link' ? ', by mail' : ', signed in'}</span>
    {uncounted === null ? null : (
      <>
        {' '}
        <Badge tone="wait">does not count</Badge> {uncounted}
      </>
    )}
    {reason === null ? null : <q>{reason}</q>}
  </li>
);

/** What the approvers decide on, and the hash that each decision names. */
const SubjectView = ({ subject }: { subject: Subject }): VNode => (
  <>
    <ChangesView subject={subject} />
    <h4>Plan</h4>
    <Facts list={subject.plan} />
    <p class="soft">{`Each decision names this subject: ${subject.hash}`}</p>
  </>
);

/** What comes with a release: what is out of the ordinary first, then pull requests and commits, the diffs folded, and the model. */
export const ChangesView = ({
  subject: { risks, changes, diffs, model },
}: {
  subject: Pick<Subject, 'risks' | 'changes' | 'diffs' | 'model'>;
}): VNode => (
  <div class="subject">
    {risks.map((risk) => (
      <p key={risk}>
        <Badge tone="wait">careful</Badge> {risk}
      </p>
    ))}
    <h4>What changes</h4>
    <Facts list={changes.slice(0, mostUnfolded)} />
    {changes.length <= mostUnfolded ? null : (
      <details>
        <summary>{`${changes.length - mostUnfolded} more`}</summary>
        <Facts list={changes.slice(mostUnfolded)} />
      </details>
    )}
    {diffs.map(({ title, text, cut, files }) => (
      <details key={title}>
        <summary>
          {`${title}: ${files.length === 0 ? 'nothing changes' : files.join(', ')}${cut ? ' (only the beginning)' : ''}`}
        </summary>
        <Output label={title}>{text}</Output>
      </details>
    ))}
    {model.length === 0 ? null : (
      <>
        <h4>Model</h4>
        <Facts list={model} />
      </>
    )}
  </div>
);

/** So many lines about changes are shown at once; the others unfold. */
const mostUnfolded = 12;

const Facts = ({ list }: { list: Subject['changes'] }): VNode => (
  <dl class="changes">
    {list.map(({ name, value, url }) => (
      <Fragment key={`${name} ${value}`}>
        <dt>{name}</dt>
        <dd>
          {url === undefined ? (
            value
          ) : (
            <a href={url} rel="noopener noreferrer">
              {value}
            </a>
          )}
        </dd>
      </Fragment>
    ))}
  </dl>
);
