// Menus: a summary with a sheet beside it; one at a time, closed by Escape, a click elsewhere or scrolling.
import { offer } from "./scope.js";
import { $, $$ } from "./tools.js";

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

document.addEventListener("toggle", async (event) => {
  const menu = event.target;
  if (!menu.open || !menu.matches(".menu")) return;
  place(menu);
  if (menu.dataset.fetch) {
    await offer(menu);
    $(".narrow", menu).focus();
  }
  place(menu);
}, true);
document.addEventListener("scroll", (event) => event.target.closest?.(".sheet") || closeMenus(null), true);
addEventListener("resize", () => closeMenus(null));
document.addEventListener("click", (event) => closeMenus(event.target.closest(".links a") ? null : event.target));
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
