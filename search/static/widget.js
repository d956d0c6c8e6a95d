/* A search box for other sites: the section "Widget" of docs/embedding.md.

   <form data-net-search action="https://host/" method="get"><input name="q"></form>
   <script src="https://host/widget.js" data-net-search defer></script>

   All text that comes from the service was written by somebody else. It goes into text nodes only. */
(() => {
"use strict";

const SHOWN = 5; // results in the panel, and suggestions at most
const SHORTEST = 2; // characters of a question that is asked while typing
const TYPING = 120; // ms without a key before a question is asked
const UNSURE = 600; // and before "no answer" is said of words that may be half typed
const SUGGESTING = 200; // ms that results wait for suggestions, which would push them down
const SAYING = 500; // ms before a screen reader is told, which would talk over the typing
const PATIENCE = 5000; // ms for an answer
const EXCERPT = 180; // characters
const LEAD = 60; // of them before the first marked word
const LONGEST_PAUSE = 600; // seconds that are believed of a Retry-After

const STYLE = `
  /* Important declarations of a shadow tree win over those of the page around it. */
  :host {
    all: initial !important;
    display: block !important;
    position: relative !important;
    unicode-bidi: isolate !important;
    box-sizing: border-box !important;
    width: 100% !important;
    max-width: var(--net-search-width, 36em) !important;
    margin: var(--net-search-margin, 0) !important;
    color-scheme: var(--net-search-color-scheme, inherit) !important;
    font: var(--net-search-font-size, medium)/1.5 var(--net-search-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif) !important;
  }
  :host::before, :host::after { content: none !important; }
  .box {
    --ink: var(--net-search-ink, light-dark(#1d2a33, #e5eaec));
    --soft: var(--net-search-soft, light-dark(#52626d, #a9b6bd));
    --paper: var(--net-search-paper, light-dark(#ffffff, #1b2227));
    --over: var(--net-search-over, light-dark(#eef4f4, #263138));
    --line: var(--net-search-line, light-dark(#d9dedd, #35424a));
    --accent: var(--net-search-accent, light-dark(#0b5a75, #8bd0e8));
    --on-accent: var(--net-search-on-accent, light-dark(#ffffff, #14191d));
    --focus: var(--net-search-focus, var(--accent));
    --mark: var(--net-search-mark, light-dark(#fdeeb5, #5c4b10));
    --warn: var(--net-search-warn, light-dark(#fff6e0, #2b2413));
    --warn-line: var(--net-search-warn-line, light-dark(#b07a12, #c79a3c));
    --radius: var(--net-search-radius, 0.5em);
    position: relative;
    color: var(--ink);
    overflow-wrap: anywhere;
    text-align: start;
  }
  *, ::before, ::after { box-sizing: border-box; }
  [hidden] { display: none !important; }
  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  form { display: flex; gap: 0.5em; margin: 0; }
  input, button { min-height: 44px; border-radius: var(--radius); font: inherit; }
  input {
    flex: 1;
    min-width: 0;
    margin: 0;
    padding: 0.5em 0.8em;
    border: 1px solid var(--soft);
    background: var(--paper);
    color: inherit;
    appearance: none;
    text-overflow: ellipsis;
  }
  input::placeholder { color: var(--soft); opacity: 1; }
  button { margin: 0; padding: 0.5em 1.1em; border: 1px solid transparent; background: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer; }
  a { color: var(--accent); text-underline-offset: 0.15em; }
  :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }

  .panel { margin-top: 0.4em; border: 1px solid var(--line); border-radius: var(--radius); background: var(--paper); outline: none; overflow: clip; }
  .over {
    position: absolute;
    z-index: var(--net-search-z, 1000);
    top: 100%;
    left: var(--left, 0);
    width: var(--across, 100%);
    max-height: var(--room, 70vh);
    overflow: auto;
    overscroll-behavior: contain;
    scroll-padding-block: 0.5em 3.5em;
    box-shadow: 0 0.4em 1.6em rgb(0 0 0 / 0.22);
  }
  .panel::before { content: ""; display: block; position: sticky; z-index: 1; top: 0; height: 3px; margin-bottom: -3px; background: var(--accent); opacity: 0; transform-origin: left; }
  .panel[aria-busy="true"]::before { animation: wait 1.2s 0.25s ease-in-out infinite alternate; }
  @keyframes wait { from { opacity: 1; transform: scaleX(0.08); } to { opacity: 1; transform: scaleX(1); } }
  p, ul, ol { margin: 0; padding: 0; list-style: none; }
  .quiet { color: var(--soft); font-size: 0.875em; line-height: 1.45; }
  .line { padding: 0.8em 1.143em; } /* of the smaller letters: as far in as the results */
  .notice { padding: 0.7em 1em; background: var(--warn); border-inline-start: 4px solid var(--warn-line); }
  .notice > * + * { margin-top: 0.4em; }
  .suggestions { padding: 0.35em 0; border-bottom: 1px solid var(--line); }
  .suggestions button { display: block; width: 100%; min-height: 0; padding: 0.4em 1em; border: 0; border-radius: 0; background: none; color: inherit; font-weight: 400; text-align: start; }
  .suggestions mark { background: none; color: inherit; font-weight: 700; }
  .results li { position: relative; padding: 0.7em 1em; }
  .results li + li { border-top: 1px solid var(--line); }
  .results .name { display: block; width: fit-content; font-weight: 600; line-height: 1.35; text-decoration: none; }
  .results a:hover { text-decoration: underline; }
  /* The whole of a result is its link. */
  .results a::after { content: ""; position: absolute; inset: 0; }
  .results a:focus-visible { outline: none; }
  .panel a:focus-visible, .panel button:focus-visible { outline-color: var(--accent); }
  .results a:focus-visible::after, .suggestions button:focus-visible { outline: 3px solid var(--accent); outline-offset: -3px; }
  .results li:hover, .results li:focus-within, .suggestions button:hover, .suggestions button:focus { background: var(--over); }
  .results mark { padding: 0 0.08em; border-radius: 0.15em; background: var(--mark); color: inherit; }
  .results .synonym { background: none; text-decoration: underline dotted 2px; }
  .excerpt { margin: 0.15em 0; font-size: 0.9375em; }
  .foot { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 0 1em; padding: 0.5em 1em; border-top: 1px solid var(--line); background: var(--paper); }
  .over .foot { position: sticky; bottom: 0; }
  .foot a { font-weight: 600; }
  @media (pointer: coarse) {
    .suggestions button { min-height: 44px; }
    .foot a, .line a { display: flex; align-items: center; width: fit-content; min-height: 44px; }
    .keys { display: none; }
  }
  @media (max-width: 30em) {
    .keys { display: none; }
    form > button { padding-inline: 0.9em; }
  }
  @media (prefers-reduced-motion: reduce) {
    .panel[aria-busy="true"]::before { animation: none; opacity: 1; }
  }
`;

class NetSearch extends HTMLElement {
  // Set by enhance() before the element is connected.
  service = ""; // address of the folder that this script was loaded from
  options = {}; // what data-… attributes ask
  given = null; // the page's own form
  label = ""; // name of the box

  #form; #input; #panel; #suggestions; #results; #status;
  #own = new CSSStyleSheet(); // where the panel is: a style attribute is up to the page's policy
  #filters = {};
  #page = ""; // address of the search page
  #asking = null; // AbortController of the question that is on its way
  #shown = null; // the question whose results are in the panel
  #failed = false;
  #pausedUntil = 0; // Retry-After, in ms since 1970
  #typing = 0; #saying = 0; // timers
  #gone = null; // AbortController of what listens outside

  connectedCallback() {
    if (!this.shadowRoot) this.#build();
    this.#gone = new AbortController();
    const { signal } = this.#gone;
    document.addEventListener("pointerdown", (event) => {
      if (!this.#inline && !event.composedPath().includes(this)) this.#close();
    }, { signal });
    window.addEventListener("resize", () => this.#place(), { signal });
    window.addEventListener("online", () => this.#failed && !this.#panel.hidden && this.#ask(), { signal });
  }

  disconnectedCallback() {
    this.#gone.abort();
    this.#stop();
  }

  #build() {
    const { options, given } = this;
    const old = given?.querySelector("[name=q]");
    const label = this.label = options.label || old?.labels?.[0]?.textContent.trim()
      || old?.getAttribute("aria-label") || "Search";
    // Landmarks need names that tell them apart.
    const alike = [...document.querySelectorAll("net-search")].filter((box) => box.label === label);
    this.#page = (given?.hasAttribute("action") && webAddress(given.action)) || this.service;
    this.#input = make("input", {
      id: "q", name: "q", type: "search", required: "", maxlength: "4000", dir: "auto",
      placeholder: old?.placeholder || label, autocomplete: "off", autocapitalize: "none",
      enterkeyhint: "search", spellcheck: "false", "aria-describedby": "how",
    });
    this.#form = make("form", { role: "search", "aria-label": alike.length > 1 ? `${label} (${alike.length})` : label, action: this.#page, method: "get", rel: "noreferrer" },
      make("label", { class: "unseen", for: "q" }, label),
      this.#input,
      make("button", { type: "submit" }, "Search"));
    for (const { name, value } of given?.querySelectorAll("input[type=hidden][name]") ?? []) {
      if (["q", "page", "per_page"].includes(name)) continue;
      this.#filters[name] = value;
      this.#form.append(make("input", { type: "hidden", name, value }));
    }
    this.#suggestions = make("div");
    this.#results = make("div");
    this.#panel = make("div", { class: this.#inline ? "panel" : "panel over", role: "group", tabindex: "-1", hidden: "", "aria-label": "Suggestions and results" },
      this.#suggestions, this.#results);
    this.#status = make("p", { class: "unseen", role: "status" });
    const how = make("p", { id: "how", hidden: "" },
      "Results come while you type. The arrow keys go to them, Escape closes them.");

    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style, this.#own];
    this.#own.replaceSync(":host { }");
    root.append(make("div", { class: "box", lang: "en" }, this.#form, how, this.#panel, this.#status));

    this.#input.addEventListener("input", (event) => event.isComposing || this.#typed());
    this.#input.addEventListener("compositionend", () => this.#typed());
    for (const name of ["focus", "click"]) this.#input.addEventListener(name, () => this.#reopen());
    this.#form.addEventListener("submit", () => this.#stop());
    root.addEventListener("keydown", (event) => this.#pressed(event));
    this.#panel.addEventListener("focusin", () => this.#rove());
    root.addEventListener("focusout", ({ relatedTarget: to }) => {
      if (to && !root.contains(to) && !this.#inline) this.#close();
    });
    // Whoever was typing already goes on.
    if (old?.value) this.#input.value = old.value;
    if (old?.matches(":focus, [autofocus]")) this.#input.focus();
  }

  get #items() { return [...this.#panel.querySelectorAll("a[href], button")]; }

  get #inline() { return "inline" in this.options; }

  get #asked() { return this.#input.value.trim(); }

  /* Typing and keys */

  #typed() {
    this.#stop();
    if (this.#asked.length < SHORTEST) this.#empty();
    else this.#typing = setTimeout(() => this.#ask(true), TYPING);
  }

  #pressed(event) {
    const root = this.shadowRoot;
    const items = this.#items;
    const at = items.indexOf(root.activeElement);
    const inBox = root.activeElement === this.#input;
    const { key } = event;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "Escape" && !this.#panel.hidden) {
      event.preventDefault();
      this.#input.focus();
      this.#close();
    } else if (key === "ArrowDown" && this.#panel.hidden && inBox) {
      event.preventDefault();
      if (this.#asked.length >= SHORTEST && !this.#reopen()) this.#ask();
    } else if ((key === "ArrowDown" || key === "ArrowUp") && !this.#panel.hidden && (inBox || at >= 0)) {
      event.preventDefault();
      // The box is between the last and the first.
      const ring = [this.#input, ...items];
      ring.at((at + 1 + (key === "ArrowDown" ? 1 : -1)) % ring.length).focus();
    } else if (at >= 0 && key.length === 1 && key !== " ") {
      this.#input.focus(); // and the key writes there
    }
  }

  /* Asking */

  async #ask(isTyping = false) {
    this.#stop();
    const q = this.#asked;
    this.#open();
    if (Date.now() < this.#pausedUntil) return this.#fail(this.#paused);
    const request = this.#asking = new AbortController();
    const isOld = () => this.#asking !== request;
    let suggested = false;
    setTimeout(() => request.abort(), PATIENCE);
    this.#panel.setAttribute("aria-busy", "true");
    if (!this.#results.firstChild) this.#results.append(make("p", { class: "line quiet" }, "Searching …"));
    // A space at the end says that the last word is whole.
    const typed = { q: this.#input.value.trimStart(), limit: SHOWN };
    const suggesting = this.#get("suggest", typed, request)
      .then(({ suggestions }) => suggestions, () => []) // a help, not an answer: it may be missing
      .then((found) => {
        // Once results are there, nothing may move under a hand that is about to choose.
        if (isOld() || (this.#shown === q && this.#panel.matches(":hover, :focus-within"))) return;
        suggested = true;
        this.#suggest(found ?? []);
      });
    try {
      const found = await this.#get("search", { ...this.#filters, q, per_page: SHOWN, ...(isTyping && { typed: true }) }, request);
      await Promise.race([suggesting, pause(SUGGESTING)]);
      if (!found.answerable) await pause(UNSURE);
      if (isOld()) return;
      if (!suggested) this.#suggest([]);
      this.#show(q, found);
    } catch (error) {
      if (!isOld()) this.#fail(this.#explained(error, request));
    }
  }

  async #get(route, parameters, { signal }) {
    const address = new URL(`api/v1/${route}`, this.service);
    address.search = new URLSearchParams(parameters);
    // A question is health information: it is in no cookie, no referrer and no cache on disk.
    const answer = await fetch(address, { signal, credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" });
    if (!answer.ok) throw await Refusal.of(answer);
    return answer.json();
  }

  /** Forget the question that is on its way or waits to be asked. */
  #stop() {
    clearTimeout(this.#typing);
    clearTimeout(this.#saying);
    const request = this.#asking;
    this.#asking = null;
    request?.abort();
    this.#status.textContent = ""; // or the same words would not be said again
    this.#panel.setAttribute("aria-busy", "false");
  }

  /* Showing */

  #suggest(suggestions) {
    const list = make("ul", { class: "suggestions", role: "list", "aria-label": "Suggestions" });
    for (const { text, highlights } of suggestions) {
      if (text.toLowerCase() === this.#asked.toLowerCase()) continue;
      const button = make("button", { type: "button", dir: "auto" }, ...marked([...text], highlights));
      button.addEventListener("click", () => {
        this.#input.value = text;
        this.#input.focus();
        this.#ask();
      });
      list.append(make("li", {}, button));
    }
    this.#fill(this.#suggestions, ...(list.firstChild ? [list] : []));
  }

  #show(q, found) {
    const { hits, answerable } = found;
    const isAll = found.found_relation !== "gte";
    const count = `${isAll ? "" : "at least "}${found.found.toLocaleString("en")}`;
    const results = found.found === 1 ? "result" : "results";
    const none = hits.length ? "We could not find an answer to this" : "Nothing found";
    this.#done();
    this.#shown = q;
    this.#fill(this.#results,
      ...this.#understood(found, q),
      ...(answerable && hits.length ? [] : [make("div", { class: "notice", dir: "auto" },
        make("p", {}, make("strong", {}, none)),
        ...(this.options.helpline ? [make("p", {}, this.options.helpline)] : []),
        make("p", { class: "quiet" }, hits.length
          ? "These are the closest passages. They may be about something else." : "Try other words."))]),
      ...(hits.length ? [
        make("ol", { class: "results", role: "list", "aria-label": "Results" }, ...hits.map(result)),
        this.#foot(answerable ? `${isAll ? "All" : "See"} ${count} ${results}` : "More on the search page", q),
      ] : []));
    if (!hits.length) this.#say(`${none}.`);
    else if (answerable) this.#say(`${isAll ? count : `At least ${found.found.toLocaleString("en")}`} ${results}, ${hits.length} shown.`);
    else this.#say(`${none}. ${hits.length} of the closest passages shown.`);
  }

  /** What was corrected and looked for besides, and the way back. */
  #understood({ corrections = [], expansions = [] }, q) {
    if (!corrections.length && !expansions.length) return [];
    const names = [...new Set(expansions.map(({ to }) => to))];
    const list = (words) => words.flatMap((word, at) => [at ? ", " : "", make("strong", {}, word)]);
    const asWritten = make("a", { href: this.#pageOf({ q, correct: "false", expand: "false" }), rel: "noreferrer" }, "Search for my words alone");
    return [make("p", { class: "line quiet", dir: "auto" },
      ...(corrections.length ? ["Showing results for ", ...list(corrections.map(({ to }) => to)),
        ` in place of ${corrections.map(({ from }) => `“${from}”`).join(", ")}. `] : []),
      ...(names.length ? ["Also looked for ", ...list(names.slice(0, 4)), names.length > 4 ? " and more. " : ". "] : []),
      asWritten)];
  }

  #foot(text, q) {
    return make("p", { class: "foot", dir: "auto" },
      make("a", { href: this.#pageOf({ q }), rel: "noreferrer" }, text),
      make("span", { class: "quiet keys", "aria-hidden": "true" }, "↑ ↓ to move, Esc to close"));
  }

  #pageOf(parameters) {
    const address = new URL(this.#page);
    address.search = new URLSearchParams({ ...this.#filters, ...parameters });
    return address.href;
  }

  #fail(message) {
    const again = make("button", { type: "button" }, "Try again");
    again.addEventListener("click", () => {
      this.#input.focus();
      this.#ask();
    });
    this.#done();
    this.#asking = null;
    this.#failed = true;
    this.#suggest([]);
    this.#fill(this.#results, make("div", { class: "notice", dir: "auto" }, make("p", {}, message), again));
    this.#say(message);
  }

  #explained(error, request) {
    if (!navigator.onLine) return "You seem to be offline. The search goes on once you are connected again.";
    if (request.signal.aborted) return "The search took too long to answer.";
    if (error instanceof TypeError) return "The search can’t be reached just now.";
    if (!(error instanceof Refusal)) return "The search did not work.";
    if (error.wait) this.#pausedUntil = Date.now() + error.wait * 1000;
    if (error.status === 429) return `Too many searches at once. ${this.#when}`;
    if (error.status === 503) return `The search is not available just now. ${this.#when}`;
    return error.status === 400 && error.message ? error.message : "The search did not work.";
  }

  get #paused() { return `The search asks for a pause. ${this.#when}`; }

  get #when() {
    const seconds = Math.ceil((this.#pausedUntil - Date.now()) / 1000);
    if (seconds <= 0) return "Try again in a moment.";
    const [count, unit] = seconds < 100 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
    return `Try again in ${count} ${unit}${count === 1 ? "" : "s"}.`;
  }

  #done() {
    this.#failed = false;
    this.#shown = null;
    this.#panel.setAttribute("aria-busy", "false");
  }

  #empty() {
    this.#shown = null;
    this.#suggestions.replaceChildren();
    this.#results.replaceChildren();
    this.#panel.hidden = true;
  }

  /** Put new content in a part of the panel; the focus does not get lost with the old. */
  #fill(part, ...content) {
    const hadFocus = part.contains(this.shadowRoot.activeElement);
    part.replaceChildren(...content);
    if (hadFocus) this.#input.focus();
    this.#rove();
    if (part === this.#results) this.#panel.scrollTop = 0;
  }

  /** The panel is one stop: arrows move in it and Tab leaves. In the flow it is like the page. */
  #rove() {
    if (this.#inline) return;
    const items = this.#items;
    const stop = items.includes(this.shadowRoot.activeElement) ? this.shadowRoot.activeElement : items[0];
    for (const item of items) item.tabIndex = item === stop ? 0 : -1;
  }

  #say(message) {
    this.#saying = setTimeout(() => { this.#status.textContent = message; }, SAYING);
  }

  #open() {
    this.#panel.hidden = false;
    this.#place();
  }

  /** Show again what is still the answer; whether there was one. */
  #reopen() {
    if (!this.#shown || this.#shown !== this.#asked) return false;
    this.#open();
    return true;
  }

  #close() {
    if (this.#panel.hidden) return;
    this.#stop();
    this.#panel.hidden = true;
  }

  /** Keep the panel in the window, wherever the box is and however narrow. */
  #place() {
    if (this.#inline || this.#panel.hidden) return;
    const box = this.#form.getBoundingClientRect();
    const { clientWidth: wide, dir } = document.documentElement;
    const em = parseFloat(getComputedStyle(this.#input).fontSize);
    const across = Math.min(Math.max(box.width, 30 * em), wide - em);
    const start = getComputedStyle(this).direction === "rtl" ? box.right - across : box.left;
    const left = Math.max(em / 2, Math.min(start, wide - em / 2 - across)) - box.left;
    const room = (window.visualViewport?.height ?? window.innerHeight) - box.bottom - 1.5 * em;
    const { style: own } = this.#own.cssRules[0];
    own.setProperty("--left", `${left}px`);
    own.setProperty("--across", `${across}px`);
    own.setProperty("--room", `${Math.max(room, 16 * em)}px`);
  }
}

/** An answer of the service that is no result. */
class Refusal extends Error {
  status = 0;
  wait = 0; // seconds to the next try, 0 when not said

  static async of(answer) {
    const body = await answer.json().catch(() => null);
    const refusal = new Refusal(body?.error?.message ?? "");
    const after = answer.headers.get("Retry-After") ?? "";
    const seconds = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - Date.now()) / 1000;
    refusal.status = answer.status;
    refusal.wait = seconds > 0 ? Math.min(seconds, LONGEST_PAUSE) : 0;
    return refusal;
  }
}

/** One hit: where it stands, its heading as a link, and the words around the first marked one. */
function result({ title, headings, path, text, highlights, link, reviewed }) {
  let names = [...new Set([title, ...headings].filter((name) => name.trim()))];
  // "Chemotherapy - a guide" above "Chemotherapy" says nothing more.
  if (names.length > 1 && names[0].toLowerCase().includes(names[1].toLowerCase())) names = names.slice(1);
  const heading = names.pop() ?? path;
  const address = webAddress(link);
  const day = inWords(reviewed);
  return make("li", { dir: "auto" },
    ...(names.length ? [make("p", { class: "quiet" }, names.join(" › "))] : []),
    address
      ? make("a", { class: "name", href: address, rel: "noreferrer" }, heading)
      : make("span", { class: "name" }, heading),
    make("p", { class: "excerpt" }, ...excerpt(text, highlights)),
    ...(day ? [make("p", { class: "quiet" }, `Reviewed or updated ${day}`)] : []));
}

function excerpt(text, highlights) {
  const points = [...text.replaceAll("\n", " ")];
  let from = Math.max(0, (highlights[0]?.start ?? 0) - LEAD);
  if (from) from = Math.min(points.indexOf(" ", from) + 1 || from, highlights[0].start);
  let to = Math.min(points.length, from + EXCERPT);
  const space = points.lastIndexOf(" ", to);
  if (to < points.length && space > from + EXCERPT / 2) to = space;
  return [from ? "… " : "", ...marked(points, highlights, from, to), to < points.length ? " …" : ""];
}

/** Text and <mark> by offsets, which count characters where JavaScript would count UTF-16 units. */
function marked(points, highlights = [], from = 0, to = points.length) {
  const pieces = [];
  const text = (end) => points.slice(from, end).join("");
  for (const { start, end, kind } of highlights) {
    if (start < from || end <= start || end > to) continue;
    pieces.push(text(start));
    from = start;
    pieces.push(make("mark", { class: kind === "synonym" ? kind : "exact" }, text(end)));
    from = end;
  }
  return [...pieces, text(to)];
}

/** 2026-06-03 as 3 June 2026; "" for anything else. */
function inWords(iso) {
  const day = new Date(iso ?? "");
  const parts = { day: iso?.length === 7 ? undefined : "numeric", month: "long", year: "numeric" };
  return isNaN(day) ? "" : day.toLocaleDateString("en-GB", { ...parts, timeZone: "UTC" });
}

/** The address when it is one of the web, "" for javascript: and the like. */
function webAddress(link) {
  try {
    const address = new URL(link);
    return /^https?:$/.test(address.protocol) ? address.href : "";
  } catch {
    return "";
  }
}

function make(name, attributes = {}, ...content) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...content);
  return element;
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

/* Starting. Where a browser lacks something, the plain form stays and works. */

const script = document.currentScript;
if (!script || !("replaceSync" in CSSStyleSheet.prototype && "adoptedStyleSheets" in document)) return;

const style = new CSSStyleSheet();
style.replaceSync(CSS.supports("color", "light-dark(#000, #fff)") ? STYLE
  : STYLE.replace(/light-dark\((#\w+), #\w+\)/g, "$1"));
if (!customElements.get("net-search")) customElements.define("net-search", NetSearch);

function enhance(form) {
  const box = document.createElement("net-search");
  box.service = new URL(".", script.src).href;
  box.options = { ...script.dataset, ...form?.dataset };
  box.given = form;
  return box;
}

function start() {
  const forms = document.querySelectorAll("form[data-net-search]");
  for (const form of forms) {
    if (form.parentElement.localName === "net-search") continue;
    const box = enhance(form);
    form.before(box); // which reads it while it is in the page: outside, labels are not known
    box.append(form); // not shown: a shadow root without a slot hides it, whatever the page's style
  }
  if (!forms.length && document.body.contains(script)) script.after(enhance(null));
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
})();
