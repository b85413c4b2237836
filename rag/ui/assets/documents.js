// Documents: files are sent, folders named, what is being indexed is watched, documents are removed.
import { $, $$, fetched, localise, plain, say } from "./tools.js";

const LOOK = 700; // milliseconds between two looks at what is being indexed
let watching = 0;
let looks = 0;

function tell(words) {
  const place = $("[data-said]");
  if (place) place.textContent = words;
}

export async function library() {
  const mine = ++looks;
  const [html, ok] = await fetched(`/documents?q=${encodeURIComponent($("#filter")?.value ?? "")}`);
  if (mine !== looks) return; // more was typed meanwhile
  if (ok && $("#library")) $("#library").innerHTML = html;
  else $("#library")?.replaceChildren(Object.assign(document.createElement("p"), { className: "trouble", textContent: plain(html) }));
  localise($("#library") ?? document);
  const [folders, allowed] = $("#folders") ? await fetched("/folders") : ["", false];
  if (allowed) $("#folders").innerHTML = folders;
}

let jobs = null; // as they were last seen

// other jobs in the place of the former ones; who was scrolled or tabbed to one stays there
function replace(place, html) {
  const scrolled = $("ul", place)?.scrollTop ?? 0;
  const label = place.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
  place.innerHTML = html;
  if ($("ul", place)) $("ul", place).scrollTop = scrolled;
  if (label) $$("button", place).find((button) => button.getAttribute("aria-label") === label)?.focus();
}

export async function watch() {
  clearTimeout(watching);
  const place = $("#jobs");
  if (!place) return;
  const [html, ok] = await fetched("/jobs");
  if (!ok) return void (watching = setTimeout(watch, 10 * LOOK));
  const isFirst = jobs === null;
  const differs = html !== jobs;
  if (differs) replace(place, html);
  jobs = html;
  const busy = $("[data-busy]", place);
  if (busy) watching = setTimeout(watch, LOOK);
  if (!differs || (isFirst && !html)) return;
  await library();
  if (!busy && html) await finished(isFirst);
}

// what was to be indexed is, so that there may be something to ask now
async function finished(isOld) {
  if (!isOld) say(`Indexing is over: ${$(".jobs header span")?.textContent ?? ""}`);
  const welcome = $(".welcome");
  const [html, ok] = welcome ? await fetched("/welcome") : ["", false];
  if (ok) welcome.outerHTML = html;
}

// an answer that was given while files were being read says so until they are
let reading = 0;
export async function read() {
  clearTimeout(reading);
  const line = $("[data-unread]");
  if (!line) return;
  const [html, ok] = await fetched("/unread");
  if (!ok || html.trim()) return void (reading = setTimeout(read, 4 * LOOK));
  delete line.dataset.unread;
  $("span", line).textContent = "All files have been read now.";
  say("All files have been read; ask again for an answer from all of them.");
}

async function send(files) {
  const limits = $("[data-drop]").dataset;
  const refused = [];
  const kept = files.filter((file) => {
    const known = limits.suffixes.split(" ").some((suffix) => file.name.toLowerCase().endsWith(suffix));
    if (!known) refused.push(`${file.name}: files of this type are not supported, only ${limits.suffixes}`);
    else if (file.size > limits.most) refused.push(`${file.name}: it is larger than the ${limits.most / 1e6} MB allowed`);
    return known && file.size <= limits.most;
  });
  for (const [at, file] of kept.entries()) {
    tell([`Sending ${at + 1} of ${kept.length}: ${file.name}`, ...refused].join("\n"));
    const [answer, ok] = await fetched(`/documents/${encodeURIComponent(file.name)}`, { method: "PUT", body: file });
    if (!ok) refused.push(`${file.name}: ${plain(answer)}`);
    watch();
  }
  tell(refused.join("\n"));
}

async function remove(button) {
  button.closest("tr")?.classList.add("leaving");
  const [answer, ok] = await fetched(`/documents?name=${button.dataset.name}`, { method: "DELETE" });
  tell(ok ? "" : plain(answer));
  if (!ok) button.closest("tr")?.classList.remove("leaving");
  watch();
}

async function folder(path) {
  const [answer, ok] = await fetched("/folders", { method: "POST", body: new URLSearchParams({ path }) });
  tell(ok ? "" : plain(answer));
  watch();
  return ok;
}

async function stop(address) {
  await fetched(address, { method: "DELETE" });
  watch();
}

// the files of what was dropped; a folder is looked through
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const files = [];
  for (const entry of entries) await walk(entry, files);
  return files.filter((file) => !file.name.startsWith("."));
}
async function walk(entry, files) {
  if (entry.isFile) return void files.push(await new Promise((done, fail) => entry.file(done, fail)));
  const reader = entry.createReader();
  for (;;) {
    const found = await new Promise((done, fail) => reader.readEntries(done, fail)); // a hundred at a time
    if (!found.length) return;
    for (const inner of found) await walk(inner, files);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!button) return;
  if (button.dataset.remove !== undefined) {
    button.closest("details").open = false;
    remove(button);
  }
  if (button.dataset.again !== undefined) folder(decodeURIComponent(button.dataset.path));
  if (button.dataset.stop !== undefined) stop(`/jobs/${button.dataset.number}`);
  if (button.dataset.clear !== undefined) stop("/jobs");
});
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.folder === undefined) return;
  event.preventDefault();
  if (await folder(new FormData(form).get("path"))) form.reset();
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-drop] input")) return;
  send([...event.target.files]);
  event.target.value = ""; // the same file can be chosen again
});
document.addEventListener("input", (event) => event.target.matches("#filter") && library());

// files can be dropped anywhere on the page
const brings = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
document.addEventListener("dragover", (event) => {
  if (!brings(event) || !$("[data-drop]")) return;
  event.preventDefault();
  document.body.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => event.relatedTarget || document.body.classList.remove("dropping"));
document.addEventListener("drop", async (event) => {
  document.body.classList.remove("dropping");
  if (!brings(event) || !$("[data-drop]")) return;
  event.preventDefault();
  window.page.view("documents");
  send(await dropped(event.dataTransfer));
});
