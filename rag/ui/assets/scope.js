// What is searched: all documents, those of a date, type or folder, or those that are ticked; each is a chip above the
// question, which removes it.
import { $, $$, fetched, say } from "./tools.js";

const MOST = 3; // documents with a chip of their own
const WORDS = { after: "From", before: "To", type: "Type", folder: "Folder" };
const ticked = () => $$("#scopes input:checked");
const filled = () => $$("#scopes [data-filter]").filter((field) => field.value);
const titled = (box) => $(".name", box.closest("label")).textContent;

// as a question carries it
export const chosen = () =>
  JSON.stringify({
    sources: ticked().map((box) => decodeURIComponent(box.value)),
    where: Object.fromEntries(filled().map((field) => [field.name, field.value])),
  });

// the fields and the documents to choose from; what was chosen stays
export async function offer(menu) {
  const place = $("[data-filters]", menu);
  const [html, ok] = await fetched("/filters");
  if (ok) {
    const kept = filled().map((field) => [field.name, field.value]);
    place.innerHTML = html;
    for (const [name, value] of kept) {
      const field = $(`[name=${name}]`, place);
      field.value = value;
      if (!field.value) field.add(new Option(value, value, true, true)); // no document is of it any more
    }
  }
  await fill(menu);
}

// the documents, those that are ticked first; what was ticked stays, whatever is looked for
let looks = 0;
async function fill(menu) {
  const list = $("[data-fetched]", menu);
  const mine = ++looks;
  const [html, ok] = await fetched(`${menu.dataset.fetch}?q=${encodeURIComponent($(".narrow", menu).value)}`);
  if (!ok || mine !== looks) return; // or more was typed meanwhile
  const kept = $$("label", list).filter((label) => $("input:checked", label));
  const known = new Set(kept.map((label) => $("input", label).value));
  list.innerHTML = html;
  $$("input", list).forEach((box) => known.has(box.value) && box.closest("label").remove());
  list.prepend(...kept);
}

function chip(words, elements) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "restriction" });
  button.append(Object.assign(document.createElement("span"), { dir: "auto", textContent: words }), "×");
  button.setAttribute("aria-label", `Remove: ${words}`);
  button.addEventListener("click", () => {
    clear(elements);
    say(`Removed: ${words}`);
    ($(".restriction") ?? $("#box textarea")).focus();
  });
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function clear(elements) {
  elements.forEach((one) => (one.type === "checkbox" ? (one.checked = false) : (one.value = "")));
  elements[0]?.dispatchEvent(new Event("change", { bubbles: true })); // the question carries what is left
}

function show(menu) {
  const [boxes, fields] = [ticked(), filled()];
  const some = fields.length ? "Some documents" : "All documents";
  $(".chosen", menu).textContent = boxes.length > 1 ? `${boxes.length} documents` : boxes.map(titled)[0] ?? some;
  menu.classList.toggle("only", boxes.length + fields.length > 0);
  $("[data-all]", menu).hidden = !(boxes.length + fields.length);
  const documents = boxes.length > MOST ? [chip(`${boxes.length} documents`, boxes)] : boxes.map((box) => chip(titled(box), [box]));
  const list = $(".restrictions");
  list.replaceChildren(...fields.map((field) => chip(`${WORDS[field.name]}: ${field.value}`, [field])), ...documents);
  list.hidden = !list.childElementCount;
}

document.addEventListener("change", (event) => {
  const menu = event.target.closest("[data-fetch]");
  if (menu && event.target.matches("[type=checkbox], [data-filter]")) show(menu);
});
document.addEventListener("input", (event) => event.target.matches(".narrow") && fill(event.target.closest("[data-fetch]")));
document.addEventListener("click", (event) => event.target.closest("[data-all]") && clear([...ticked(), ...filled()]));
