// What the other files stand on: finding elements, fetching pieces of HTML from our own server, telling listeners.
export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
export const LOST = "The page has lost the program behind it: start it again, and reload this page.";

// [its text, whether all went well]; HTML of our own server is escaped there, what goes wrong is plain text
export async function fetched(address, options = {}) {
  try {
    const answer = await fetch(address, { ...options, headers: { "x-pane": "1" } });
    if (answer.status === 401) location.reload(); // signed out meanwhile: the page asks for the password
    return [await answer.text(), answer.ok];
  } catch {
    return [LOST, false];
  }
}

// what the server says in HTML, as words
export function plain(html) {
  return new DOMParser().parseFromString(html, "text/html").body.textContent.trim();
}

// said to those who listen to the page instead of looking at it
export function say(words) {
  let place = $("#say");
  if (!place) {
    place = document.body.appendChild(Object.assign(document.createElement("div"), { id: "say", className: "unseen" }));
    place.setAttribute("aria-live", "polite");
  }
  place.textContent = words;
}

export const isNarrow = () => matchMedia("(max-width: 820px)").matches;

// times as the reader's own clock and calendar have them
export function localise(within) {
  for (const time of $$("time[datetime]:not([title])", within)) {
    const at = new Date(time.dateTime);
    if (isNaN(at)) continue;
    const form = days(at) === 0 ? { timeStyle: "short" } : { dateStyle: "medium" };
    time.textContent = at.toLocaleString(undefined, form);
    time.title = at.toLocaleString();
  }
}

// how many midnights ago
function days(at) {
  return Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
}

// a line above the first entry of a list for each day, week or month
export function grouped(list) {
  let last = "";
  for (const row of $$("li:has(time)", list)) {
    const at = new Date($("time", row).dateTime);
    const ago = days(at);
    const month = at.toLocaleString(undefined, { month: "long", year: "numeric" });
    const group = ago < 1 ? "Today" : ago < 2 ? "Yesterday" : ago < 7 ? "This week" : month;
    if (group !== last) row.before(Object.assign(document.createElement("li"), { className: "day", textContent: group }));
    last = group;
  }
}
