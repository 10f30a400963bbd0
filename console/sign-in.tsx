import { render, type VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { SignInWay } from '../contracts/api/session.ts';
import { readSignInWay, send } from './api.ts';
import { FieldView, Refused, valuesOf } from './form-dialog.tsx';
import { beginSignIn, endSignIn, isReturn } from './openid.ts';
import { keepToken } from './token.ts';

/** Where a sign-in service sends people back to. */
const home = (): string => `${location.origin}/`;

/** Ends a sign-in that another page began, when that is how somebody got here. Answers why they are not in. */
export async function returnFromSignIn(): Promise<string | null> {
  const address = new URL(location.href);
  if (!isReturn(address)) return null;
  // The code is of no use a second time, and nobody needs to see it.
  history.replaceState(null, '', '/');
  const way = await readSignInWay();
  if (way?.kind !== 'openid') return 'Sluice does not know that sign-in service.';
  const back = await endSignIn(way, { memory: sessionStorage, home: home(), address, ask: fetch.bind(window) });
  if (back.kind === 'refused') return back.message;
  keepToken(back.token);
  history.replaceState(null, '', `/${back.after}`);
  return null;
}

/** Shows what stands in the way of somebody who is not signed in. `problem`: why the last attempt did not work. */
export async function showSignIn(
  main: Element,
  { problem, done }: { problem: string | null; done: () => void },
): Promise<void> {
  if (main.querySelector('.sign-in') !== null) return;
  const way = await readSignInWay();
  // Two looks may have found out at once.
  if (way === null || main.querySelector('.sign-in') !== null) return;
  render(<SignIn way={way} problem={problem} done={done} />, main);
  main.querySelector<HTMLElement>('input, button')?.focus();
}

function SignIn({ way, problem, done }: { way: SignInWay; problem: string | null; done: () => void }): VNode {
  switch (way.kind) {
    case 'token':
      return <TokenForm problem={problem} done={done} />;
    case 'openid':
      return <OpenIdCard way={way} problem={problem} />;
    default:
      return (
        <section class="card sign-in">
          <h1>Sign in</h1>
          <p>This installation has no sign-in for browsers. Use the command line: sluice status</p>
        </section>
      );
  }
}

const OpenIdCard = ({
  way,
  problem,
}: {
  way: Extract<SignInWay, { kind: 'openid' }>;
  problem: string | null;
}): VNode => (
  <section class="card sign-in">
    <h1>Sign in</h1>
    <Refused>{problem ?? ''}</Refused>
    <p>{`You sign in at ${new URL(way.authorize).host}.`}</p>
    <div class="actions">
      <button
        type="button"
        class="button"
        data-tone="work"
        onClick={async () =>
          location.assign(await beginSignIn(way, { memory: sessionStorage, home: home(), after: location.hash }))
        }
      >
        Sign in
      </button>
    </div>
  </section>
);

/** The form by which a browser gets its session, for whom the link that `npm start` prints is not at hand. */
function TokenForm({ problem, done }: { problem: string | null; done: () => void }): VNode {
  const [refused, setRefused] = useState(problem ?? '');
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault();
    const answer = await send({ method: 'POST', path: '/api/session', body: valuesOf(event) });
    if (answer.kind === 'done') return done();
    setRefused(answer.message);
  };
  return (
    <form class="card sign-in" onSubmit={onSubmit}>
      <h1>Sign in</h1>
      <FieldView field={{ name: 'user', label: 'Who you are', hint: 'Your mail address, as in sluice.yaml.' }} />
      <FieldView field={{ name: 'token', label: 'API token', hint: 'apiToken in the ready file of the sandbox.' }} />
      <Refused>{refused}</Refused>
      <div class="actions">
        <button type="submit" class="button" data-tone="work">
          Sign in
        </button>
      </div>
    </form>
  );
}
