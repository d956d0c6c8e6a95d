/* Suggestions under the search field: a combobox with a list, as the ARIA practices describe it. */

const TYPING = 90; // ms without a key before suggestions are asked for
const MOST = 6;

const input = document.getElementById("q");
const list = document.createElement("ul");
let typing, asking;

Object.assign(list, { id: "suggestions", hidden: true, role: "listbox", ariaLabel: "Suggestions" });
input.after(list);
for (const [name, value] of Object.entries({
  role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "suggestions",
})) input.setAttribute(name, value);

input.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(ask, TYPING);
});
input.addEventListener("blur", ({ relatedTarget }) => {
  const open = !list.hidden;
  close();
  // What was held back is shown now, but not under a click on what is there.
  if (open && !document.getElementById("main").contains(relatedTarget)) document.dispatchEvent(new Event("dismissed"));
});
input.form.addEventListener("submit", close);
document.addEventListener("shown", () => input.value.trim() || close());

input.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || list.hidden) return;
  const options = [...list.children];
  const at = options.findIndex((option) => option.ariaSelected === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    // The field is in the ring, so that one can come back to what was typed.
    const ring = options.length + 1;
    point(options[(at + 1 + (event.key === "ArrowDown" ? 1 : ring - 1)) % ring - 1]);
  } else if (event.key === "Enter" && at >= 0) choose(options[at]);
  else if (event.key === "Escape") {
    close();
    document.dispatchEvent(new Event("dismissed"));
  }
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
});

list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
list.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (option) choose(option);
});

async function ask() {
  asking?.abort();
  const q = input.value.trimStart(); // a space at the end says that the last word is whole
  if (q.trim().length < 2) return close();
  asking = new AbortController();
  try {
    const answer = await fetch(`/api/v1/suggest?${new URLSearchParams({ q, limit: MOST })}`, { signal: asking.signal });
    const { suggestions } = await answer.json();
    if (input.value.trimStart() === q && document.activeElement === input) offer(suggestions ?? []);
  } catch (error) {
    if (error.name !== "AbortError") close(); // a help, not an answer: it may be missing
  }
}

function offer(suggestions) {
  const typed = input.value.trim().toLowerCase();
  const options = suggestions.filter(({ text }) => text.toLowerCase() !== typed).map(({ text, highlights }, number) => {
    const option = document.createElement("li");
    Object.assign(option, { id: `suggestion-${number}`, role: "option", ariaSelected: "false", dir: "auto" });
    option.dataset.text = text;
    option.append(...marked([...text], highlights));
    return option;
  });
  list.replaceChildren(...options);
  if (!options.length) return close();
  list.hidden = false;
  input.ariaExpanded = "true";
  point();
}

/** Offsets count characters where JavaScript would count UTF-16 units. */
function marked(points, highlights) {
  let from = 0;
  const pieces = highlights.flatMap(({ start, end }) => {
    const before = points.slice(from, start).join("");
    const mark = Object.assign(document.createElement("b"), { textContent: points.slice(start, end).join("") });
    from = end;
    return [before, mark];
  });
  return [...pieces, points.slice(from).join("")];
}

function point(option) {
  for (const each of list.children) each.ariaSelected = String(each === option);
  if (option) {
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
}

function choose(option) {
  input.value = option.dataset.text;
  close();
  input.form.requestSubmit();
}

function close() {
  clearTimeout(typing);
  asking?.abort();
  list.hidden = true;
  input.ariaExpanded = "false";
  input.removeAttribute("aria-activedescendant");
}
