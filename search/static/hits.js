/* What one does with a result: show it in context where it stands, and copy its citation. */

const tell = (detail, how = "tell") => document.dispatchEvent(new CustomEvent(how, { detail }));

document.addEventListener("click", (event) => {
  const hit = event.target.closest("article");
  if (!hit || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest(".in-context")) {
    event.preventDefault();
    inContext(hit);
  } else if (event.target.closest(".copy")) copy(hit);
});
document.addEventListener("keydown", (event) => { // a link that is a button is pressed as one
  if (event.key !== " " || !event.target.matches(".in-context")) return;
  event.preventDefault();
  inContext(event.target.closest("article"));
});
document.addEventListener("hit:context", ({ target }) => inContext(target));
document.addEventListener("hit:copy", ({ target }) => copy(target));
document.addEventListener("shown", ready);
addEventListener("beforeprint", () => document.querySelectorAll(".whole").forEach((whole) => { whole.open = true; }));
ready();

function ready() {
  for (const button of document.querySelectorAll(".copy")) button.hidden = false;
  for (const link of document.querySelectorAll(".in-context:not([role])")) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", "false");
  }
}

/** Put the passages before and after on the page around this one, or take them away. */
async function inContext(hit) {
  const link = hit.querySelector(".in-context");
  const passage = hit.querySelector(".passage");
  const around = hit.querySelectorAll(".before, .after");
  const whole = passage.querySelector(".whole");
  if (around.length) {
    around.forEach((each) => each.remove());
    hit.classList.remove("opened");
    link.setAttribute("aria-expanded", "false");
    tell("Context hidden", "say");
    return;
  }
  if (link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  try {
    const answer = await fetch(link.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [before, after] = [page.querySelector(".before"), page.querySelector(".after")];
    if (!before) throw new Error(page.querySelector(".notice p")?.textContent ?? "");
    passage.before(before);
    passage.after(after);
    hit.classList.add("opened");
    if (whole) whole.open = true;
    link.setAttribute("aria-expanded", "true");
    const [above, below] = [before, after].map((part) => part.querySelectorAll("section").length);
    tell(`Context shown: ${above} before, ${below} after`, "say");
  } catch {
    location.href = link.href; // the page itself says what is wrong
  } finally {
    link.ariaBusy = "false";
  }
}

async function copy(hit) {
  const cite = hit.querySelector(".cite");
  try {
    await navigator.clipboard.writeText(cite.querySelector(".citation").textContent);
    tell("Citation copied");
  } catch { // not allowed, or not over plain HTTP: leave it selected, to be copied by hand
    cite.open = true;
    getSelection().selectAllChildren(cite.querySelector(".citation"));
    tell("The citation is selected. Copy it with Control or Command and C.");
  }
}
