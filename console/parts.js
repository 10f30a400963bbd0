/** Small pieces that several sections are made of. */
/** @import { Tone } from './words.js' */
/** @import { Child } from './dom.js' */
import { h } from './dom.js';
import { exact, relative } from './time.js';

/**
 * How long ago, with the exact time on hover.
 * @param {string} at
 * @param {number} now
 */
export const ago = (at, now) =>
  h('time', { datetime: at, title: exact(Date.parse(at)) }, relative(Date.parse(at), now));

/** Each tone has a shape of its own: colour is never the only sign. @type {Readonly<Record<Tone, string>>} */
const marks = { calm: '✓', work: '↻', wait: '◷', bad: '✕' };

/**
 * A word with a mark, in the colour of its tone.
 * @param {Tone} tone
 * @param {...Child} words
 */
export const badge = (tone, ...words) =>
  h(
    'span',
    { class: 'badge', 'data-tone': tone },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, marks[tone]),
    ' ',
    words,
  );

/**
 * A button that opens a form of forms.js. Its key keeps it from becoming another button under somebody's finger.
 * @param {string} form
 * @param {string} text
 * @param {{ about?: string, tone?: Tone, label?: string }} [more] `about` is what the form is about, like a version.
 */
export const formButton = (form, text, { about, tone, label } = {}) =>
  h(
    'button',
    {
      type: 'button',
      class: 'button',
      'data-key': `${form} ${about ?? ''}`,
      'data-form': form,
      'data-about': about,
      'data-tone': tone,
      'aria-label': label,
    },
    text,
  );

/**
 * The address of an operation on this page.
 * @param {string} id
 */
export const operationLink = (id) => `#operation=${encodeURIComponent(id)}`;

/**
 * A part of the page with its heading.
 * @param {string} id
 * @param {Child} title
 * @param {...Child} children
 */
export const section = (id, title, ...children) =>
  h(
    'section',
    { class: 'section', 'data-key': id, 'aria-labelledby': id },
    h('h2', { id, tabindex: -1 }, title),
    children,
  );
