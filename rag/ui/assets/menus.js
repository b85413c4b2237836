// Menus: a summary with a sheet beside it; one at a time, closed by Escape, a click elsewhere or scrolling.
import { $, $$, fetched } from "./tools.js";

export function closeMenus(except) {
  $$("details.menu[open]").forEach((menu) => menu.contains(except) || (menu.open = false));
}

function place(menu) {
  const sheet = $(".sheet", menu);
  const at = menu.getBoundingClientRect();
  const below = innerHeight - at.bottom > sheet.offsetHeight + 12;
  sheet.style.left = `${Math.max(8, Math.min(at.left, innerWidth - sheet.offsetWidth - 8))}px`;
  sheet.style.top = `${Math.max(8, below ? at.bottom + 5 : at.top - sheet.offsetHeight - 5)}px`;
}

// what can be chosen from, those that are chosen first; what was chosen stays, whatever is looked for
let looks = 0;
async function fill(menu) {
  const list = $("[data-fetched]", menu);
  const mine = ++looks;
  const [html, ok] = await fetched(`${menu.dataset.fetch}?q=${encodeURIComponent($(".narrow", menu).value)}`);
  if (!ok || mine !== looks) return; // or more was typed meanwhile
  const kept = $$("label", list).filter((label) => $("input:checked", label));
  const ticked = new Set(kept.map((label) => $("input", label).value));
  list.innerHTML = html;
  $$("input", list).forEach((box) => ticked.has(box.value) && box.closest("label").remove());
  list.prepend(...kept);
}

function named(menu) {
  const names = $$("input:checked", menu).map((box) => $(".name", box.closest("label")).textContent);
  $(".chosen", menu).textContent = names.length > 1 ? `${names.length} documents` : (names[0] ?? "All documents");
  menu.classList.toggle("only", names.length > 0);
  $("[data-all]", menu).hidden = !names.length;
}

document.addEventListener("toggle", async (event) => {
  const menu = event.target;
  if (!menu.open || !menu.matches(".menu")) return;
  place(menu);
  if (menu.dataset.fetch) {
    await fill(menu);
    $(".narrow", menu).focus();
  }
  place(menu);
}, true);
document.addEventListener("scroll", (event) => event.target.closest?.(".sheet") || closeMenus(null), true);
addEventListener("resize", () => closeMenus(null));
document.addEventListener("change", (event) => {
  const menu = event.target.closest("[data-fetch]");
  if (menu && event.target.matches("[type=checkbox]")) named(menu);
});
document.addEventListener("input", (event) => event.target.matches(".narrow") && fill(event.target.closest("[data-fetch]")));
document.addEventListener("click", (event) => {
  closeMenus(event.target.closest(".links a") ? null : event.target);
  const all = event.target.closest("[data-all]");
  if (!all) return;
  const boxes = $$("input:checked", all.closest("[data-fetch]"));
  boxes.forEach((box) => (box.checked = false));
  boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
});
document.addEventListener("focusout", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});
// true where a menu was open
export function escaped() {
  const menu = $("details.menu[open]");
  if (!menu) return false;
  menu.open = false;
  $("summary", menu).focus();
  return true;
}
