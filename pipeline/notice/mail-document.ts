import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { oneLine } from '../../contracts/one-line.ts';
import type { Fact } from '../approval/deployment-summary.ts';

/** Escaped HTML; hono's helper gives a promise only when a part of it is one, and here none is. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface MailSection {
  readonly title?: string;
  readonly facts: readonly Fact[];
}

/** `Name: value`, one a line, whatever others have written into them. The lines of a block are marked, so that none looks like another fact. */
export const factLines = (facts: readonly Fact[]): string =>
  facts
    .map(({ name, value, isBlock }) => `${oneLine(name)}: ${isBlock ? blockLines(value) : oneLine(value)}`)
    .join('\n');

const blockLines = (value: string): string => value.split(/\r?\n/).map(oneLine).join('\n  | ');

/** A whole mail in HTML: mail programs know tables and inline styles, and nothing is loaded from elsewhere. */
export function mailDocument(mail: { title: string; lead: Html; sections: readonly MailSection[] }): string {
  const document = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${mail.title}</title></head>
<body style="margin:0;padding:16px;font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#ffffff">
<div style="max-width:640px;margin:0 auto">
<h1 style="font-size:22px;line-height:1.3">${mail.title}</h1>
${mail.lead}
${mail.sections.filter(({ facts }) => facts.length > 0).map(section)}
</div></body></html>`;
  return String(document);
}

const section = ({ title, facts }: MailSection): Html => html`
${title === undefined ? '' : html`<h2 style="font-size:17px">${title}</h2>`}
<table style="border-collapse:collapse;width:100%">${facts.map(row)}</table>`;

const row = ({ name: asked, value: told, url }: Fact): Html => {
  const [name, value] = [oneLine(asked), oneLine(told)];
  return html`<tr><th scope="row" style="text-align:left;vertical-align:top;padding:4px 12px 4px 0;font-weight:600">${name}</th><td style="padding:4px 0;overflow-wrap:anywhere">${url === undefined ? value : html`<a href="${url}">${value}</a>`}</td></tr>`;
};
