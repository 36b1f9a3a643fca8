// Buttons that copy the text before them. Without this module they are not shown.

const SHOWN_FOR = 2000;

/** Copies what an element says; returns whether that worked. */
async function copy(element) {
  // Only pages of https and of this machine have a clipboard; elsewhere the old way may still work.
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(element.textContent).then(() => true, () => false);
  }
  getSelection().selectAllChildren(element);
  return document.execCommand("copy");
}

document.addEventListener("click", async ({ target }) => {
  const button = target instanceof Element && target.closest("button[data-copy]");
  if (!button || button.dataset.label) return;
  const done = await copy(button.previousElementSibling);
  button.dataset.label = button.textContent;
  button.textContent = done ? "Copied" : "Not copied";
  button.classList.add(done ? "done" : "failed");
  setTimeout(() => {
    button.textContent = button.dataset.label;
    delete button.dataset.label;
    button.classList.remove("done", "failed");
  }, SHOWN_FOR);
});

document.documentElement.classList.add("scripts");
