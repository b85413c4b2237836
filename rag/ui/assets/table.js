// One question, every document: questions are sent, the growing table is watched, sorted and filtered.
import { $, fetched, plain } from "./tools.js";

const LOOK = 900; // milliseconds between two looks at the table
let watching = 0;
let looks = 0;
let column = "-1";
let down = false;

async function look() {
  clearTimeout(watching);
  const mine = ++looks;
  const wanted = new URLSearchParams({ column, down, q: $("#table-filter").value });
  const [html, ok] = await fetched(`/table/rows?${wanted}`);
  if (mine !== looks) return; // another order was asked for meanwhile
  const place = $("#table-rows");
  if (ok) show(place, html);
  if (!ok || $("[data-busy]", place)) watching = setTimeout(look, ok ? LOOK : 10 * LOOK);
}

// who was scrolled or tabbed to a part of the table stays there
function show(place, html) {
  const scrolled = $(".answers", place)?.scrollLeft ?? 0;
  const at = place.contains(document.activeElement) ? document.activeElement : null;
  const kept = at?.dataset.column ? `[data-column="${at.dataset.column}"]` : at?.href ? `a[href="${CSS.escape(at.getAttribute("href"))}"]` : null;
  place.innerHTML = html;
  if ($(".answers", place)) $(".answers", place).scrollLeft = scrolled;
  if (kept) $(kept, place)?.focus({ preventScroll: true });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.table === undefined) return;
  event.preventDefault();
  const [answer, ok] = await fetched("/table", { method: "POST", body: new URLSearchParams(new FormData(form)) });
  $(".said", form).textContent = ok ? "" : plain(answer);
  if (ok) look();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("#table-rows button");
  if (!button) return;
  if (button.dataset.stopTable !== undefined) await fetched("/table", { method: "DELETE" });
  if (button.dataset.column) {
    down = button.dataset.column === column && !down;
    column = button.dataset.column;
  }
  look();
});

$("#table-filter").addEventListener("input", look);
if ($("#table-rows [data-busy]")) look();
