/* Keyboard shortcuts. The list that ? opens names them, and can switch the single keys off. */

const OFF = "net-search-keys-off"; // kept in this browser: a choice, nothing of what is asked

const input = document.getElementById("q");
const dialog = document.getElementById("keys");
const toggle = document.getElementById("keys-on");
const button = document.getElementById("show-keys");

button.hidden = false;
button.addEventListener("click", () => dialog.showModal());
try { // a browser may be told to keep nothing
  toggle.checked = !localStorage.getItem(OFF);
  toggle.addEventListener("change", () => {
    if (toggle.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
} catch { /* the switch then holds for this page */ }

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  const { target, key } = event;
  const hit = target.closest("article");
  const isTyping = target.matches("input:not([type=checkbox]), textarea, select");
  if (key === "ArrowDown" || key === "ArrowUp") {
    if (target !== input && !hit) return; // elsewhere arrows scroll
    if (target === input && key === "ArrowUp") return;
    if (!move(hit, key === "ArrowDown" ? 1 : -1)) return;
  } else if (isTyping || !toggle.checked) return;
  else if (key === "/") {
    input.focus();
    input.select();
  }
  else if (key === "?") dialog.showModal();
  else if (key === "j") move(hit, 1);
  else if (key === "k") move(hit, -1);
  else if (hit && key === "c") hit.dispatchEvent(new Event("hit:copy", { bubbles: true }));
  else if (hit && key === "x") hit.dispatchEvent(new Event("hit:context", { bubbles: true }));
  else if (hit && key === "w") hit.querySelector(".why summary").click();
  else return;
  event.preventDefault();
});

/** Focus the result before or after one, the field before the first; whether there is one. */
function move(hit, by) {
  const hits = [...document.querySelectorAll(".hits article")];
  const at = hits.indexOf(hit) + by;
  if (at < 0 && hit) input.focus();
  else if (!hits[at]) return false;
  else {
    hits[at].querySelector("h2 a, h2 span").focus({ preventScroll: true });
    hits[at].scrollIntoView({ block: "nearest" });
  }
  return true;
}
