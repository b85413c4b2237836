// What the page does by itself: it opens sources beside the conversation, shows a card over a chip, switches views,
// sends files, and listens to the keys. HTML comes escaped from our own server; everything else is set as text.
(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const fetched = async (address, options = {}) => {
    const answer = await fetch(address, { ...options, headers: { "x-pane": "1" } });
    return [await answer.text(), answer.ok];
  };

  // the source beside the conversation
  let current = null;
  async function open(address, from) {
    if (!$("#pane") || document.body.classList.contains("alone")) return void (location.href = address);
    $$(".chip.open").forEach((chip) => chip.classList.remove("open"));
    current = from ?? current;
    if (current?.matches?.(".chip")) current.classList.add("open");
    const [html] = await fetched(address);
    $("#pane").innerHTML = html;
    document.body.classList.add("reading");
    $("#pane mark.cited")?.scrollIntoView({ block: "center" });
    $("#pane [data-go=close]")?.focus({ preventScroll: true });
  }
  function close() {
    if (!document.body.classList.contains("reading")) return;
    document.body.classList.remove("reading");
    $("#pane").innerHTML = "";
    $$(".chip.open").forEach((chip) => chip.classList.remove("open"));
    current?.focus();
  }
  function step(by) {
    const chips = $$("a.chip");
    if (!chips.length) return;
    const at = chips.indexOf(current);
    const next = chips[at < 0 ? 0 : (at + by + chips.length) % chips.length];
    next.scrollIntoView({ block: "nearest" });
    open(next.href, next);
  }

  // views and menus
  function view(name) {
    document.body.dataset.view = name;
    $$("[data-view]", $("#rail") ?? document).forEach((button) => button.setAttribute("aria-current", button.dataset.view === name));
    if (name === "documents") library();
  }
  function closeMenus(except) {
    $$("details.menu[open]").forEach((menu) => menu.contains(except) || (menu.open = false));
  }
  async function fill(menu) {
    const place = $("[data-fetched]", menu);
    const ticked = new Set($$("input:checked", place).map((box) => box.value));
    const [html, ok] = await fetched(`${menu.dataset.fetch}?q=${encodeURIComponent($(".narrow", menu).value)}`);
    if (!ok) return;
    const kept = $$("label", place).filter((label) => $("input:checked", label));
    place.innerHTML = html;
    $$("input", place).forEach((box) => ticked.has(box.value) && box.closest("label").remove());
    place.prepend(...kept);
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
    if (menu.dataset.fetch) await fill(menu);
    place(menu);
  }, true);
  document.addEventListener("scroll", (event) => event.target.closest?.(".sheet") || closeMenus(null), true);
  document.addEventListener("change", (event) => {
    const menu = event.target.closest("[data-fetch]");
    const ticked = menu ? $$("input:checked", menu) : [];
    const names = ticked.map((box) => $(".name", box.closest("label")).textContent);
    if (menu) $(".chosen", menu).textContent = names.length > 1 ? `${names.length} documents` : (names[0] ?? "All documents");
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches(".narrow")) fill(event.target.closest("[data-fetch]"));
    if (event.target.matches("#filter")) library();
  });

  // clicks
  document.addEventListener("click", async (event) => {
    closeMenus(event.target.closest(".links a") ? null : event.target);
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = event.target.closest("a[href^='/source?'], a[href^='/inspect/']");
    if (link) {
      event.preventDefault();
      hide();
      open(link.href, link.matches(".swap") ? null : link);
    }
    const button = event.target.closest("button");
    const go = button?.dataset.go;
    if (go === "close") close();
    if (go === "next") step(1);
    if (go === "previous") step(-1);
    if (go === "theme") theme(!document.body.classList.contains("dark"));
    document.body.classList.toggle("rail-open", go === "rail" && !document.body.classList.contains("rail-open"));
    if (button?.dataset.view) view(button.dataset.view);
    if (button?.closest("#listed") || button?.id === "new") view("talk");
    if (button?.dataset.do === "edit") setTimeout(() => $("#box textarea").focus(), 300);
    if (button?.dataset.do === "like") closeMenus(null);
    if (button?.dataset.copy) copy(button);
    if (button?.dataset.remove !== undefined) remove(button.dataset.name);
  });
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
    setTimeout(() => (label.textContent = "Copy"), 2000);
  }
  function theme(dark) {
    document.body.classList.toggle("dark", dark);
    localStorage.setItem("dark", dark ? "1" : "");
  }

  // forms that show what they find below themselves
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.dataset.into) {
      event.preventDefault();
      const place = document.getElementById(form.dataset.into);
      place.textContent = "Searching …";
      [place.innerHTML] = await fetched(`${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`);
    } else if (form.dataset.folder !== undefined) {
      event.preventDefault();
      const [said] = await fetched("/folders", { method: "POST", body: new URLSearchParams(new FormData(form)) });
      $("[data-said]").textContent = said;
      watchJobs();
    }
  });

  // documents
  async function library() {
    const [html, ok] = await fetched(`/documents?q=${encodeURIComponent($("#filter")?.value ?? "")}`);
    if (ok && $("#library")) $("#library").innerHTML = html;
    watchJobs();
  }
  let watching = null;
  async function watchJobs() {
    clearTimeout(watching);
    const [html, ok] = await fetched("/jobs");
    if (!ok || !$("#jobs")) return;
    const wasBusy = $("#jobs [data-busy]");
    $("#jobs").innerHTML = html;
    if ($("#jobs [data-busy]")) watching = setTimeout(watchJobs, 700);
    else if (wasBusy) library();
  }
  async function send(files) {
    const said = $("[data-said]");
    const refused = [];
    for (const [at, file] of files.entries()) {
      said.textContent = `Sending ${at + 1} of ${files.length}: ${file.name}`;
      const [answer, ok] = await fetched(`/documents/${encodeURIComponent(file.name)}`, { method: "PUT", body: file });
      if (!ok) refused.push(`${file.name}: ${answer}`);
      watchJobs();
    }
    said.textContent = refused.join("\n");
  }
  async function remove(name) {
    const [answer, ok] = await fetched(`/documents?name=${encodeURIComponent(name)}`, { method: "DELETE" });
    $("[data-said]").textContent = ok ? "" : answer;
    library();
  }
  document.addEventListener("change", (event) => event.target.matches("[data-drop] input") && send([...event.target.files]));
  document.addEventListener("dragover", (event) => event.target.closest?.("#documents") && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!event.target.closest?.("#documents")) return;
    event.preventDefault();
    send([...event.dataTransfer.files]);
  });

  // keys
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = $("details.menu[open]");
      if (!menu) return close();
      menu.open = false;
      return $("summary", menu).focus();
    }
    if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
    if (event.key === "/") {
      event.preventDefault();
      $("#box textarea")?.focus();
    }
  });

  // the card over a chip: where the words stand, and the words
  let card = null;
  function show(chip) {
    hide();
    card = Object.assign(document.createElement("div"), { className: "card" });
    card.setAttribute("aria-hidden", "true"); // the label of the chip says where, the link leads to the words
    for (const name of ["place", "quote"]) {
      card.append(Object.assign(document.createElement("p"), { className: name, dir: "auto", textContent: chip.dataset[name] }));
    }
    document.body.append(card);
    const at = chip.getBoundingClientRect();
    const above = at.top - card.offsetHeight - 8;
    card.style.left = `${Math.min(Math.max(8, at.left - 40), innerWidth - card.offsetWidth - 8)}px`;
    card.style.top = `${above > 8 ? above : at.bottom + 8}px`;
  }
  function hide() {
    card?.remove();
    card = null;
  }
  for (const [begin, end] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    document.addEventListener(begin, (event) => event.target.matches?.("a.chip") && show(event.target));
    document.addEventListener(end, (event) => event.target.matches?.("a.chip") && hide());
  }

  // called when a part of the conversation changed: keep the newest in sight, and the address in step
  window.page = {
    updated(element) {
      const talk = $("#talk");
      if (!talk?.contains(element)) return;
      const working = $(".working", talk);
      const last = working ?? $(".turns > .turn:last-child", talk);
      last?.scrollIntoView({ block: last.offsetHeight < talk.clientHeight ? "end" : "start" });
      const key = $("[data-conversation]", talk)?.dataset.conversation;
      if (key !== undefined && !working) history.replaceState(null, "", key ? `?c=${key}` : location.pathname);
    },
  };
  if (localStorage.getItem("dark") !== null) theme(localStorage.getItem("dark") === "1");
})();
