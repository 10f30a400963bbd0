import { createHash } from 'node:crypto';

/** The pages' only style, inline, so that nothing is loaded. Works from 320 pixels on, in light and dark. */
export const style = `
:root{color-scheme:light dark;--ink:#1b1b1b;--paper:#fff;--line:#c8c8c8;--accent:#0b57d0;--on-accent:#fff;--good:#e6f4ea;--bad:#fce8e6}
@media (prefers-color-scheme:dark){:root{--ink:#ececec;--paper:#161616;--line:#555;--accent:#8ab4f8;--on-accent:#10233f;--good:#12351f;--bad:#4a1713}}
*{box-sizing:border-box}
body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:44rem;margin:0 auto;padding:1rem}
h1{font-size:1.4rem;line-height:1.3}h2{font-size:1.1rem;margin-top:2rem}
dl{display:grid;grid-template-columns:minmax(7rem,auto) 1fr;gap:.25rem 1rem;margin:0}
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:30rem){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}
.notice{border-left:.4rem solid var(--accent);padding:.75rem 1rem;background:var(--good)}
.problem{border-color:#d93025;background:var(--bad)}
details{margin:.75rem 0}summary{cursor:pointer;font-weight:600;padding:.35rem 0}
pre{overflow:auto;max-height:70vh;border:1px solid var(--line);border-radius:.3rem;padding:.75rem;font-size:.85rem;line-height:1.4}
fieldset{border:1px solid var(--line);border-radius:.4rem;margin:0 0 1rem;padding:.75rem 1rem}
label{display:block;font-weight:600;margin:.5rem 0 .25rem}
.choice label{display:inline;font-weight:400}.choice{padding:.35rem 0}
.hint{margin:0 0 .25rem}form+.hint{margin-top:1.5rem}
input[type=text],textarea{width:100%;font:inherit;padding:.6rem;border:1px solid var(--line);border-radius:.3rem;background:transparent;color:inherit}
input[type=radio]{width:1.2rem;height:1.2rem;vertical-align:-.2rem}
button,.jump{font:inherit;font-weight:600;margin-top:1rem;padding:.75rem 1.25rem;border:0;border-radius:.4rem;background:var(--accent);color:var(--on-accent);cursor:pointer}
a{color:var(--accent)}
.jump{display:inline-block;text-decoration:none}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
`;

/** Lets exactly this style pass the content security policy. */
export const styleHash = `sha256-${createHash('sha256').update(style).digest('base64')}`;
