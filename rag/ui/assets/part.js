// What a click or a change inside a part of the page becomes: an event of the component, with the element's data-* and
// the values of the fields around it.
const tell = (at, name) => {
  const checked = [...(at.closest("fieldset")?.querySelectorAll("input:checked") ?? [])].map((box) => box.value);
  trigger(name, { ...at.dataset, value: at.value ?? "", checked });
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
