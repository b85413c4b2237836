// The keys, a dialog that lists them, and the light or dark look.
import { $, $$, isNarrow } from "./tools.js";
import { escaped } from "./menus.js";
import { close, isOpen, step } from "./source.js";

const KEYS = [
  ["/", "Write a question"],
  ["j", "Next citation"],
  ["k", "Previous citation"],
  ["Alt ↓", "Next citation, also while you write"],
  ["Alt ↑", "Previous citation, also while you write"],
  ["n", "New conversation"],
  ["Esc", "Close the source or a menu; leave the question"],
  ["?", "These keys"],
];
const single = () => localStorage.getItem("keys") !== "off";

function dialog() {
  let found = $("dialog.keys");
  if (!found) {
    found = Object.assign(document.createElement("dialog"), { className: "keys" });
    const rows = KEYS.map(([key, what]) => `<dt><kbd>${key}</kbd></dt><dd>${what}</dd>`).join("");
    found.innerHTML = `<h2 id="keys-title">Keys</h2><dl>${rows}</dl><label><input type="checkbox">Keys of a single letter work outside of fields</label><form method="dialog"><button class="plain">Close</button></form>`;
    found.setAttribute("aria-labelledby", "keys-title");
    $("input", found).addEventListener("change", (event) => localStorage.setItem("keys", event.target.checked ? "on" : "off"));
    document.body.append(found);
  }
  $("input", found).checked = single();
  found.showModal();
}

// the look: the reader's choice, else the system's
const dark = matchMedia("(prefers-color-scheme: dark)");
const wanted = () => (localStorage.getItem("dark") === null ? dark.matches : localStorage.getItem("dark") === "1");
export function look() {
  document.body.classList.toggle("dark", wanted());
  $$("[data-go=theme] span").forEach((label) => (label.textContent = wanted() ? "Light" : "Dark"));
}
dark.addEventListener("change", look);
new MutationObserver(() => document.body.classList.contains("dark") !== wanted() && look()).observe(document.body, {
  attributes: true,
  attributeFilter: ["class"],
});

document.addEventListener("click", (event) => {
  const go = event.target.closest?.("button")?.dataset.go;
  if (go === "theme") {
    localStorage.setItem("dark", wanted() ? "" : "1");
    look();
  }
  if (go === "keys") dialog();
});

// from the box to the conversation, which the arrows scroll and the single letters work in
function reading() {
  $("#talk").tabIndex = -1;
  $("#talk").focus({ preventScroll: true });
}

// what had the focus was drawn anew or is gone: who goes by keys stays where it was, and need not begin at the top
let held = null;
document.addEventListener("focusin", (event) => (held = event.target));
export function regain() {
  if (!held || held.isConnected || document.activeElement !== document.body) return;
  if (held.matches("[data-do=retry], .question")) {
    const question = $$("#talk .question").at(-1);
    if (question) question.tabIndex = -1;
    return void question?.focus({ preventScroll: true }); // none for a moment, while parts are drawn one by one
  }
  held = null;
  if (isNarrow()) reading();
  else $("#box textarea")?.focus();
}

const ACTIONS = {
  j: () => step(1),
  k: () => step(-1),
  n: () => $("#new")?.click(),
  "/": () => (window.page.view("talk"), $("#box textarea")?.focus()),
  "?": dialog,
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("dialog[open]")) {
    if (escaped()) return;
    if (document.body.classList.contains("rail-open")) return document.body.classList.remove("rail-open");
    if (isOpen()) return close();
    if (event.target.matches("#box textarea")) return reading();
  }
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by && event.altKey && !event.ctrlKey && !event.metaKey && !event.target.closest("select, dialog")) {
    event.preventDefault();
    return step(by);
  }
  const inField = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
  if (inField || event.ctrlKey || event.metaKey || event.altKey || !single() || !ACTIONS[event.key]) return;
  event.preventDefault();
  ACTIONS[event.key]();
});
