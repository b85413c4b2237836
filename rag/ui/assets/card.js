// The card over a chip: where the words stand, and the words in the middle of those around them.
import { $ } from "./tools.js";

let card = null;
let chip = null;
let timer = 0;

export function hide() {
  clearTimeout(timer);
  card?.remove();
  card = chip = null;
}

function element(name, className, text = "") {
  return Object.assign(document.createElement(name), { className, textContent: text });
}

function show(over) {
  hide();
  chip = over;
  card = element("div", "card");
  card.setAttribute("aria-hidden", "true"); // the label of the chip says where, the link leads to the words
  const words = element("p", "words");
  words.dir = "auto";
  words.append(over.dataset.before ?? "", element("mark", "", over.dataset.quote), over.dataset.after ?? "");
  card.append(Object.assign(element("p", "place", over.dataset.place), { dir: "auto" }), words);
  document.body.append(card);
  const at = over.getBoundingClientRect();
  const below = at.bottom + 8;
  const fits = below + card.offsetHeight < innerHeight - 8;
  card.style.left = `${Math.max(8, Math.min(at.left - 40, innerWidth - card.offsetWidth - 8))}px`;
  card.style.top = `${fits ? below : Math.max(8, at.top - card.offsetHeight - 8)}px`;
}

function later(run, after) {
  clearTimeout(timer);
  timer = setTimeout(run, after);
}

document.addEventListener("mouseover", (event) => {
  const over = event.target.closest?.("a.chip");
  if (over && over !== chip) later(() => show(over), card ? 0 : 120);
  else if (over || event.target.closest?.(".card")) clearTimeout(timer);
});
document.addEventListener("mouseout", (event) => {
  if (event.target.closest?.("a.chip, .card")) later(hide, 160);
});
// by Tab only: when a source is closed its chip has the focus again, and needs no card
let tabbed = false;
document.addEventListener("keydown", (event) => (tabbed = event.key === "Tab"), true);
document.addEventListener("focusin", (event) => tabbed && event.target.matches?.("a.chip") && show(event.target));
document.addEventListener("focusout", (event) => event.target.matches?.("a.chip") && hide());
document.addEventListener("scroll", hide, true);
document.addEventListener("click", (event) => {
  if (card && event.target.closest?.(".card")) chip.click();
  hide();
});
// before the keys of the page: Escape first takes the card away
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !card || !$(".card")) return;
  hide();
  event.stopImmediatePropagation();
}, true);
