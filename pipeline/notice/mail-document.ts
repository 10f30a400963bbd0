import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { oneLine } from '../../contracts/one-line.ts';
import type { Fact } from '../approval/deployment-summary.ts';

/** Escaped HTML; hono's helper gives a promise only when a part of it is one, and here none is. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface MailSection {
  readonly title?: string;
  readonly facts: readonly Fact[];
  /** What stands below them. */
  readonly after?: Html;
}

/**
 * `Name: value`, one a line, whatever others have written into them; an address stands behind what it is the link of. The lines of a block are
 * marked, so that none looks like another fact.
 */
export const factLines = (facts: readonly Fact[]): string =>
  facts
    .map(({ name, value, url = value, isBlock }) => {
      const told = isBlock ? blockLines(value) : oneLine(value);
      return `${oneLine(name)}: ${url === value ? told : `${told} ${oneLine(url)}`}`;
    })
    .join('\n');

const blockLines = (value: string): string => value.split(/\r?\n/).map(oneLine).join('\n  | ');

/**
 * A whole mail in HTML, for a phone first: mail programs know tables and inline styles, and nothing is loaded from elsewhere. A name stands above
 * its value, so that neither is squeezed; programs that do not know `display` show them side by side.
 *
 * @param mail.preview what a list of mails shows of it, where that is not its beginning.
 */
export function mailDocument(mail: {
  readonly title: string;
  readonly preview?: string;
  readonly lead: Html;
  readonly sections: readonly MailSection[];
}): string {
  const document = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${mail.preview ?? mail.title}</title></head>
<body style="margin:0;padding:16px;font:16px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif">
<div style="max-width:600px;margin:0 auto">
<h1 style="margin:0 0 12px;font-size:21px;line-height:1.25">${mail.title}</h1>
${mail.lead}
${mail.sections.filter(({ facts }) => facts.length > 0).map(section)}
</div></body></html>`;
  return String(document);
}

const section = ({ title, facts, after }: MailSection): Html => html`
${title === undefined ? '' : html`<h2 style="margin:24px 0 4px;font-size:17px">${title}</h2>`}
<table style="border-collapse:collapse;width:100%">${facts.map(row)}</table>${after ?? ''}`;

const row = ({ name: asked, value: told, url }: Fact): Html => {
  const [name, value] = [oneLine(asked), oneLine(told)];
  return html`<tr><th scope="row" style="display:block;text-align:left;padding:8px 0 0;font-size:13px;font-weight:600;opacity:.75">${name}</th><td style="display:block;padding:0 0 8px;border-bottom:1px solid #8884;overflow-wrap:anywhere">${url === undefined ? value : html`<a href="${url}">${value}</a>`}</td></tr>`;
};
