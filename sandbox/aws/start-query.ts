import { randomUUID } from 'node:crypto';
import { type AccessKeys, authenticateSigV4 } from './authenticate-sigv4.ts';
import { AwsError } from './aws-error.ts';
import { type ServiceAnswer, type ServiceRequest, type StandIn, startListener } from './listener.ts';

export interface QueryOptions {
  readonly port: number;
  readonly keys?: AccessKeys | undefined;
  /** What is inside of `<ActionResult>`, by the action's name. */
  readonly actions: Readonly<Record<string, (form: URLSearchParams) => string>>;
  /** Requests that are not of the protocol. Null: it is one. */
  readonly besides?: (request: ServiceRequest) => ServiceAnswer | null;
}

/** Starts a service of AWS's Query protocol: a form in, XML out. */
export function startQuery({ port, keys, actions, besides }: QueryOptions): Promise<StandIn> {
  return startListener({
    port,
    handle: (request) => {
      const other = besides?.(request) ?? null;
      if (other !== null) return other;
      try {
        authenticateSigV4(request.headers, keys);
        const form = new URLSearchParams(request.body.toString());
        const name = form.get('Action') ?? '';
        const action = request.method === 'POST' && Object.hasOwn(actions, name) ? actions[name] : undefined;
        if (action === undefined) {
          throw new AwsError('InvalidAction', `The sandbox does not know the action ${name || request.path}`);
        }
        const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
        return xml(200, `<${name}Response><${name}Result>${action(form)}</${name}Result>${metadata}</${name}Response>`);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const told = element('Type', 'Sender') + element('Code', error.name) + element('Message', error.message);
        return xml(
          error.status,
          `<ErrorResponse><Error>${told}</Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
        );
      }
    },
  });
}

/** An element with this text, or with nothing where there is none. */
export const element = (name: string, text: string | number | boolean | undefined): string =>
  text === undefined ? '' : `<${name}>${escapeXml(String(text))}</${name}>`;

/** A list, as the protocol has it: each item in a `member`. */
export const members = (name: string, items: readonly string[]): string =>
  `<${name}>${items.map((item) => `<member>${item}</member>`).join('')}</${name}>`;

/** `name.member.1`, `name.member.2` and so on of a form. */
export function listIn(form: URLSearchParams, name: string): string[] {
  const found: string[] = [];
  for (let index = 1; form.has(`${name}.member.${index}`); index++)
    found.push(form.get(`${name}.member.${index}`) ?? '');
  return found;
}

const xml = (status: number, body: string): ServiceAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body,
});
const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
