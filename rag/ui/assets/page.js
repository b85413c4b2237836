// What the page does by itself; the rest are events that Gradio carries to the server (part.js).
import { $, $$, fetched, grouped, isNarrow, localise, plain, say } from "./tools.js";
import { hide } from "./card.js";
import "./menus.js";
import * as documents from "./documents.js";
import * as keys from "./keys.js";
import { chosen } from "./scope.js";
import * as source from "./source.js";

function view(name) {
  document.body.dataset.view = name;
  $$("#nav [data-view]").forEach((button) => button.setAttribute("aria-current", button.dataset.view === name));
  if (name === "documents") documents.library().then(documents.watch);
  if (name === "search") $("#search input")?.focus();
}

document.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("a[href^='/source?'], a[href^='/inspect/']");
  if (link && !link.target) {
    event.preventDefault();
    hide();
    source.open(link.href, link.matches(".swap") ? null : link);
  }
  const button = event.target.closest("button");
  const { go, do: does } = button?.dataset ?? {};
  if (go === "close") source.close();
  if (go === "next") source.step(1);
  if (go === "previous") source.step(-1);
  const outside = document.body.classList.contains("reading") && !event.target.closest("#side, .card, .sheet, dialog");
  if (outside && $("#main")?.inert) source.close();
  rail(event.target, go);
  if (button?.dataset.view) view(button.dataset.view);
  if (button?.closest("#listed") || button?.id === "new") view("talk"), source.close();
  if (button?.id === "new") $("#box textarea")?.focus();
  if (does === "edit") setTimeout(() => $("#box textarea").focus(), 300);
  if (button?.dataset.copy) copy(button);
});
function rail(target, go) {
  const open = document.body.classList.contains("rail-open");
  const stays = target.closest("#rail") && !target.closest("#nav, #new, .conversations");
  if (go === "rail" || (open && !stays)) document.body.classList.toggle("rail-open", go === "rail" && !open);
  if (go === "rail" && !open) $("#new")?.focus();
}

async function copy(button) {
  const [words, ok] = await fetched(button.dataset.copy);
  if (!ok) return;
  if (navigator.clipboard) await navigator.clipboard.writeText(words);
  else {
    const box = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: words }));
    box.select();
    document.execCommand("copy"); // the only way where the page is not served from this computer or over https
    box.remove();
  }
  const label = $("span", button);
  label.textContent = "Copied";
  say("Copied, with its citations");
  setTimeout(() => (label.textContent = "Copy"), 2000);
}

// forms whose answer is shown below them, or takes their place
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  if (form.dataset.into) {
    event.preventDefault();
    const place = document.getElementById(form.dataset.into);
    place.textContent = "Searching …";
    const [html, ok] = await fetched(`${form.getAttribute("action")}?${fields}`);
    if (ok) place.innerHTML = html;
    else place.textContent = plain(html);
  } else if (form.dataset.swap !== undefined) {
    event.preventDefault();
    const [html, ok] = await fetched(form.getAttribute("action"), { method: "POST", body: fields });
    if (!ok) return void ($(".said", form).textContent = plain(html));
    form.outerHTML = html;
    $(`form[action="${form.getAttribute("action")}"] [aria-pressed=true]`)?.focus({ preventScroll: true });
  }
});

// a question that is half written outlives a reload
const DRAFT = "draft";
document.addEventListener("input", (event) => {
  if (event.target.matches("#box textarea")) sessionStorage.setItem(DRAFT, event.target.value);
});
function draft() {
  const box = $("#box textarea");
  const kept = sessionStorage.getItem(DRAFT);
  if (!box || box.value || !kept) return;
  box.value = kept;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.signin === undefined) return;
  event.preventDefault();
  const button = $("button", form);
  button.disabled = true; // after several wrong passwords a try takes seconds
  const [answer, ok] = await fetched(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (ok) return void location.assign(`/${location.search}`);
  button.disabled = false;
  $(".said", form).textContent = answer;
  form.elements.password.select();
});
// who followed a link from elsewhere is signed in all the same: the cookie does not come along with such a link
if ($("[data-signin]")) fetched("/session").then(([answer, ok]) => ok && JSON.parse(answer).user && location.replace(`/${location.search}`));
// what was typed is for nobody else at this computer
document.addEventListener("submit", (event) => event.target.dataset.leave !== undefined && sessionStorage.clear());

// the newest is kept in sight, unless the reader has scrolled away from it
let follows = true;
let before = 0;
document.addEventListener("scroll", (event) => {
  const talk = event.target;
  if (talk.id !== "talk") return;
  if (talk.scrollTop < before - 2) follows = false;
  if (talk.scrollHeight - talk.scrollTop - talk.clientHeight < 40) follows = true;
  before = talk.scrollTop;
}, true);

let shown = null; // the conversation that is open
let wasWorking = false;
function talked(talk) {
  const working = $(".working", talk);
  const last = working ?? $(".turns > .turn:last-child", talk);
  const key = $("[data-conversation]", talk)?.dataset.conversation ?? "";
  if ((working && !wasWorking) || key !== shown) follows = true;
  $(".editing", talk)?.scrollIntoView({ block: "end" });
  if (last && follows && !$(".editing", talk)) last.scrollIntoView({ block: last.offsetHeight < talk.clientHeight ? "end" : "start" });
  if (working && !wasWorking) sessionStorage.removeItem(DRAFT);
  if (wasWorking && !working && last) told(last);
  wasWorking = Boolean(working);
  shown = key;
  if (key || !working) history.replaceState(null, "", key ? `?c=${key}` : location.pathname);
  source.found();
  documents.read();
}
function told(turn) {
  const refused = turn.matches(".not-in-documents");
  const chips = $$("a.chip", turn).length;
  const failed = $(".trouble p", turn)?.textContent;
  const begins = turn.matches(".uncertain") ? "Not sure. The closest sentences found are shown" : "Answered";
  const bare = turn.matches(".uncertain") ? "The question is asked back." : "Answered.";
  const ends = chips ? `${begins}, with ${chips} citation${chips === 1 ? "" : "s"}.` : bare;
  say(failed ?? (refused ? "I found no answer in the documents." : ends));
}

function updated(element) {
  keys.look();
  source.splitter();
  const talk = $("#talk");
  if (talk?.contains(element)) talked(talk);
  const title = $("#heading .title")?.value;
  document.title = title ? `${title} · Ask your documents` : "Ask your documents";
  localise($("#listed") ?? document);
  if (!$("#listed .day")) grouped($("#listed") ?? document);
  $$("#listed [data-key]").forEach((one) => one.setAttribute("aria-current", one.dataset.key === shown));
  keys.regain();
}

// shown when its parts are there, which Gradio brings one by one
const arriving = setInterval(() => {
  if (!$(".turns") || !$("#box textarea")) return;
  clearInterval(arriving);
  document.body.classList.add("ready");
  draft();
  if (!isNarrow()) $("#box textarea").focus(); // on a phone that would open the keyboard over the page
}, 30);
if (document.body.classList.contains("alone")) clearInterval(arriving);

window.page = { updated, view, chosen }; // part.js, documents.js and page.py call these
keys.look();
if (document.body.classList.contains("alone")) source.settle();
