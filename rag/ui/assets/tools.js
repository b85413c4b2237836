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
    const now = new Date();
    const today = at.toDateString() === now.toDateString();
    const form = today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" };
    if (at.getFullYear() !== now.getFullYear()) form.year = "numeric";
    time.textContent = at.toLocaleString(undefined, form);
    time.title = at.toLocaleString();
  }
}
