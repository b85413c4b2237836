// The source beside the conversation: opened by a chip, stepped through by keys, a sheet on narrow screens.
import { $, $$, fetched, isNarrow, localise, say } from "./tools.js";

let current = null; // the chip or link that the open source came from
let asked = 0;

const body = document.body;
const isAlone = () => body.classList.contains("alone");
export const isOpen = () => body.classList.contains("reading");
// who is writing a question goes on writing it, whatever is opened beside
const writes = () => document.activeElement?.matches("#box textarea");

export async function open(address, from) {
  if (!$("#pane")) return void (location.href = address);
  const mine = ++asked;
  if (!isAlone()) mark(from ?? current);
  const [html, ok] = await fetched(address);
  if (mine !== asked) return; // another one was asked for meanwhile
  const wasOpen = isOpen();
  if (ok) $("#pane").innerHTML = html;
  else trouble(html);
  if (isAlone()) return void settle();
  body.classList.add("reading");
  localise($("#pane"));
  modal();
  settle();
  counted();
  if (isNarrow() || (!wasOpen && !writes())) $("#pane [data-go=close]")?.focus({ preventScroll: true });
  say(`Opened ${$("#pane h2")?.textContent ?? "the source"}`);
}

function trouble(html) {
  const words = new DOMParser().parseFromString(html, "text/html").body.textContent;
  $("#pane").innerHTML = '<div class="source"><header class="source-head"><div class="source-title"><h2>This cannot be shown</h2><p class="facts"></p></div><div class="source-tools"><button type="button" class="quiet" data-go="close">Close</button></div></header></div>';
  $("#pane .facts").textContent = words;
}

// the marked words, or the page that was asked for, in the middle; once more when the fonts and pictures are there
export function settle() {
  const place = () => ($("#pane mark.cited") ?? $("#pane [data-open]"));
  const show = () => place()?.scrollIntoView({ block: place().matches("mark") ? "center" : "start" });
  show();
  requestAnimationFrame(show);
}

export function close() {
  if (!isOpen()) return;
  asked += 1;
  body.classList.remove("reading");
  $("#pane").innerHTML = "";
  $$(".chip.open").forEach((chip) => chip.classList.remove("open"));
  modal();
  if (current?.isConnected && !writes()) current.focus({ preventScroll: true });
}

// on a narrow screen the sheet is all there is until it is closed
function modal() {
  const on = isOpen() && isNarrow();
  for (const part of ["#main", "#rail"]) $(part)?.toggleAttribute("inert", on);
  const pane = $("#pane");
  if (on) pane?.setAttribute("role", "dialog"), pane?.setAttribute("aria-modal", "true");
  else pane?.removeAttribute("role"), pane?.removeAttribute("aria-modal");
}
matchMedia("(max-width: 820px)").addEventListener("change", modal);

function mark(from) {
  current = from;
  $$(".chip.open").forEach((chip) => chip.classList.remove("open"));
  if (current?.matches?.(".chip")) current.classList.add("open");
}

// a redrawn conversation has new chips: the open one is the one with the same address in the same turn
const turnOf = (chip) => chip?.closest?.(".turn")?.dataset.key;
export function found() {
  if (!isOpen() || !current?.matches?.(".chip") || current.isConnected) return;
  const same = $$("a.chip").filter((chip) => chip.href === current.href);
  mark(same.find((chip) => turnOf(chip) === turnOf(current)) ?? same[0] ?? current);
}

export function step(by) {
  const chips = $$("#talk a.chip");
  if (!chips.length) return;
  const last = chips.filter((chip) => chip.closest(".turn:last-child"))[0];
  const at = chips.indexOf(current);
  const next = at < 0 ? (by > 0 && last) || chips[0] : chips[(at + by + chips.length) % chips.length];
  next.scrollIntoView({ block: "nearest" });
  open(next.href, next);
}

// "2 of 5": where the open citation stands among those of its answer
function counted() {
  const place = $("#pane [data-at]");
  const chips = $$("a.chip", current?.closest?.(".turn") ?? document.createElement("i"));
  const at = chips.indexOf(current);
  if (place) place.textContent = at >= 0 && chips.length > 1 ? `${at + 1} of ${chips.length}` : "";
  const any = $$("#talk a.chip").length > 0;
  $$("#pane [data-go=next], #pane [data-go=previous]").forEach((button) => (button.disabled = !any));
}

// a field with the number of a page
document.addEventListener("change", (event) => {
  const field = event.target;
  if (!field.matches(".to-page") || !field.value) return;
  const number = Math.min(Math.max(1, Math.round(field.value)), field.max);
  const page = $(`#pane #page-${number}`);
  if (page) page.scrollIntoView({ block: "start" });
  else open(`${field.dataset.address}&page=${number}`);
});

// the border between conversation and source can be moved
export function splitter() {
  const side = $("#side");
  if (!side || $("#split")) return;
  const bar = Object.assign(document.createElement("div"), { id: "split", tabIndex: 0, title: "Drag, or use the arrow keys" });
  bar.setAttribute("role", "separator");
  bar.setAttribute("aria-orientation", "vertical");
  bar.setAttribute("aria-label", "Width of the source");
  const share = (part) => {
    const kept = Math.min(Math.max(part, 0.25), 0.75);
    document.documentElement.style.setProperty("--split", `${(kept / (1 - kept)).toFixed(3)}fr`);
    bar.setAttribute("aria-valuenow", Math.round(100 * kept));
    localStorage.setItem("split", kept);
  };
  const now = () => Number(localStorage.getItem("split")) || 0.5;
  share(now());
  bar.addEventListener("pointerdown", (event) => {
    bar.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  bar.addEventListener("pointermove", (event) => {
    if (!bar.hasPointerCapture(event.pointerId)) return;
    const left = $("#main").getBoundingClientRect().left;
    share((innerWidth - event.clientX) / (innerWidth - left));
  });
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: 0.05, ArrowRight: -0.05 }[event.key];
    if (by) event.preventDefault(), share(now() + by);
  });
  side.prepend(bar);
}
