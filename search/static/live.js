/* Searching as one types. The server makes every page; here the one for what was typed is fetched,
   and its title and main part take the place of the old. Without this script the form does the same. */

const TYPING = 150; // ms without a key before a question is asked
const SHORTEST = 2; // characters of a question that is asked while typing
const UNSURE = 700; // ms before "no answer" is said of words that may be half typed
const SLOW = 3000; // ms after which waiting is spoken of
const PATIENCE = 20000; // ms for an answer
const SHOWING = 6000; // ms that a message is to be seen
const SAYING = 500; // ms before a screen reader is told, which would talk over the typing

const form = document.getElementById("search");
const input = form.elements.q;
const main = document.getElementById("main");
const said = document.getElementById("said");

let shown = here(); // the address whose results are on the page
let wanted = null; // what is asked for next, and how it came to be
let asking = false;
let failed = null; // what was asked for in vain
let typing, saying, hiding, wake;

document.documentElement.classList.add("scripts");
history.scrollRestoration = "manual"; // results come after the browser would have scrolled
if (history.state?.y) scrollTo(0, history.state.y);

function here() { return location.pathname + location.search; }

function asked() {
  const parameters = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
  return parameters.has("q") ? `/?${parameters}` : "/";
}

/** Wait, but no longer than until something else is asked. */
function pause(ms) { return new Promise((done) => { wake = done; setTimeout(done, ms); }); }

/* When something is asked */

input.addEventListener("input", () => {
  clearTimeout(typing);
  const { length } = input.value.trim();
  if (length && length < SHORTEST) return;
  typing = setTimeout(() => go(asked(), { typed: true }), TYPING);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  go(asked(), { entered: true });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("main a[href], .name a");
  const plain = !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented) return;
  if (link.origin !== location.origin || link.pathname !== "/" || link.hash) return;
  event.preventDefault();
  clearTimeout(typing);
  go(link.pathname + link.search, { followed: true });
});

addEventListener("popstate", () => {
  clearTimeout(typing);
  if (here() === shown && !asking && !failed) return; // to a part of this page
  go(here(), { back: true, y: history.state?.y });
});
addEventListener("scrollend", () => history.replaceState({ ...history.state, y: scrollY }, ""));
addEventListener("online", () => failed && go(failed.address, failed));
document.addEventListener("dismissed", () => go(asked(), { typed: true })); // what was held back
document.addEventListener("say", ({ detail }) => say(detail));
document.addEventListener("tell", ({ detail }) => say(detail, true));

/* Asking: one question at a time, and of those that came meanwhile the last */

async function go(address, how) {
  if (how.typed && address === shown && !asking && !failed) return;
  wanted = { address, ...how };
  wake?.();
  if (asking) return;
  asking = true;
  main.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => say("Still searching. The connection or the search is slow.", true), SLOW);
  while (wanted) {
    const asks = wanted;
    wanted = null;
    const page = await fetched(asks);
    const unsure = asks.typed && page.querySelector("[data-unsure]");
    if (!wanted && unsure) await pause(UNSURE);
    // While words are suggested the one that was typed is not whole: what was there stays.
    if (!wanted && !(unsure && input.ariaExpanded === "true")) show(page, asks);
  }
  clearTimeout(slow);
  asking = false;
  main.setAttribute("aria-busy", "false");
}

async function fetched(asks) {
  try {
    // Half a word that finds nothing is not counted as a question without an answer.
    const typed = asks.typed && asks.address.includes("?") ? "&typed=true" : "";
    const answer = await fetch(asks.address + typed, { signal: AbortSignal.timeout(PATIENCE) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.querySelector("#main #found")) return page;
    return notice("The search did not work", "Something between you and the search gave another answer.", asks);
  } catch (error) {
    if (!navigator.onLine) return notice("You seem to be offline", "The search goes on once you are connected again.", asks);
    if (error.name === "TimeoutError") return notice("The search took too long", "The connection or the search is slow.", asks);
    return notice("The search can’t be reached", "Check your connection.", asks);
  }
}

/** A page that says what went wrong, as the server would. */
function notice(heading, text, asks) {
  const page = document.implementation.createHTMLDocument(`Problem – ${document.title}`);
  const box = page.createElement("div");
  const make = (name, content) => box.appendChild(Object.assign(page.createElement(name), { textContent: content }));
  box.className = "notice";
  Object.assign(make("h1", heading), { id: "found", tabIndex: -1 });
  make("p", text);
  Object.assign(make("button", "Try again"), { type: "button", onclick: () => go(asks.address, asks) });
  const part = page.createElement("main");
  part.append(box);
  page.body.append(part);
  page.failed = asks;
  return page;
}

/* Showing */

function show(page, { address, typed, entered, followed, back, y }) {
  failed = page.failed ?? null;
  if (!failed) {
    if (!back) remember(address, typed, followed);
    document.title = page.title;
    document.getElementById("staying").replaceChildren(...page.getElementById("staying").childNodes);
    if (followed || back) input.value = page.getElementById("q").value;
    shown = address;
  }
  const focused = main.contains(document.activeElement) && document.activeElement;
  const open = main.querySelector(".filters")?.open;
  main.replaceChildren(...page.querySelector("main").childNodes);
  const filters = main.querySelector(".filters");
  if (filters && open) filters.open = true;
  if (focused) again(focused).focus({ preventScroll: true });
  if (!typed) scrollTo(0, y ?? 0);
  if (entered && matchMedia("(pointer: coarse)").matches) input.blur(); // the keyboard covers the results
  say(main.querySelector("#found").textContent);
  document.dispatchEvent(new Event("shown"));
}

/** What is in the place of an element that is gone: itself if it came again, else the heading. */
function again(gone) {
  return (gone.id && document.getElementById(gone.id)) || main.querySelector("#found");
}

/** What was typed is one step of the browser's history, however many results came meanwhile. */
function remember(address, typed, followed) {
  const replaces = (history.state?.typed && !followed) || address === here();
  history[replaces ? "replaceState" : "pushState"]({ typed: Boolean(typed) }, "", address);
}

/** Tell a screen reader, and at once also the eye what is not to be seen in the page itself. */
function say(message, visibly = false) {
  clearTimeout(saying);
  clearTimeout(hiding);
  said.textContent = ""; // or the same words would not be said again
  said.classList.toggle("shown", visibly);
  saying = setTimeout(() => { said.textContent = message; }, visibly ? 0 : SAYING);
  if (visibly) hiding = setTimeout(() => said.classList.remove("shown"), SHOWING);
}
