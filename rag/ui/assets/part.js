// What a click or a change inside a part of the page becomes: an event of the component, with the element's data-* and
// its value.
const tell = (at, name) => {
  trigger(name, { ...at.dataset, value: at.value ?? "" });
};
element.addEventListener("click", (event) => {
  const at = event.target.closest("button[data-do]");
  if (at) tell(at, at.dataset.do);
});
for (const kind of ["change", "input"]) {
  element.addEventListener(kind, (event) => {
    const at = event.target.closest(`[data-${kind}]`);
    if (at) tell(at, at.dataset[kind]);
  });
}
watch("value", () => {
  window.page?.updated(element);
  if (element.querySelector("[data-follow]")) trigger("submit", {}); // a turn that is at work already
});
