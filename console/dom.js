/** Elements from plain calls, and a page that changes in place. There is no `innerHTML`: outside text stays text. */

/** @typedef {Node | string | number | null | undefined | false | readonly Child[]} Child */
/** @typedef {{ [name: string]: string | number | boolean | null | undefined | Readonly<Record<string, string>> }} Props */

/**
 * Makes an element. `style` takes custom properties; true is an attribute without a value; null, undefined and false are none.
 * @param {string} tag
 * @param {Props | null} [props]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'object') {
      for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
    } else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

/**
 * @param {HTMLElement} parent
 * @param {readonly Child[]} children
 */
function append(parent, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(parent, child);
    else if (child instanceof Node) parent.append(child);
    else parent.append(String(child));
  }
}

/**
 * Makes `target` have these children by changing as little as possible: focus, selection, scroll and what was unfolded stay.
 * @param {Element} target
 * @param {...Child} children
 */
export function show(target, ...children) {
  const wanted = h('div', null, ...children);
  morphChildren(target, wanted);
}

/**
 * @param {Element} target
 * @param {Element} wanted
 */
function morphChildren(target, wanted) {
  let at = target.firstChild;
  for (const next of [...wanted.childNodes]) {
    const match = matching(at, next);
    if (match === null) {
      target.insertBefore(next, at);
      continue;
    }
    if (match !== at) target.insertBefore(match, at);
    else at = at.nextSibling;
    morph(match, next);
  }
  while (at !== null) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

/**
 * The node to turn into `next`: the one with its key, else the one at its place if it has no key either.
 * @param {ChildNode | null} from
 * @param {Node} next
 * @returns {ChildNode | null}
 */
function matching(from, next) {
  const key = keyOf(next);
  if (key === null) return from !== null && from.nodeName === next.nodeName && keyOf(from) === null ? from : null;
  for (let node = from; node !== null; node = node.nextSibling) if (keyOf(node) === key) return node;
  return null;
}

/** @param {Node} node */
const keyOf = (node) => (node instanceof Element ? node.getAttribute('data-key') : null);

/**
 * @param {ChildNode} target
 * @param {ChildNode} next
 */
function morph(target, next) {
  if (!(target instanceof HTMLElement && next instanceof HTMLElement)) {
    if (target.nodeValue !== next.nodeValue) target.nodeValue = next.nodeValue;
    return;
  }
  for (const { name } of [...target.attributes]) {
    // What a person unfolded stays unfolded.
    if (!next.hasAttribute(name) && !(name === 'open' && target.nodeName === 'DETAILS')) target.removeAttribute(name);
  }
  for (const { name, value } of [...next.attributes]) {
    if (name !== 'style' && target.getAttribute(name) !== value) target.setAttribute(name, value);
  }
  // A style attribute is an inline style to the content security policy; its properties are not.
  if (target.style.cssText !== next.style.cssText) target.style.cssText = next.style.cssText;
  morphChildren(target, next);
}
