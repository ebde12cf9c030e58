/** Short messages at the edge of the screen, read out politely; one may offer a way back. */

import { button, h } from "./dom.js";
import { words } from "./strings.js";

const STAY = 6000;
let shelf;

export function mountToasts() {
  shelf = h("div", { id: "toasts", role: "status", "aria-live": "polite" });
  move();
  // Neither event bubbles, but both can be caught on their way down.
  for (const event of ["toggle", "close"]) document.addEventListener(event, move, { capture: true });
}

/** What lies outside of a modal dialog is out of reach, so the messages go where the person is. */
function move() {
  const here = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  if (shelf.parentElement !== here) here.append(shelf);
}

/**
 * Show a message, in place of the same one if it still stands there; `action` is `{label, act}`.
 * Resolves when it is gone, to whether the action was chosen.
 */
export function toast(text, { action, stay = STAY } = {}) {
  return new Promise((resolve) => {
    const end = (acted) => {
      clearTimeout(timer);
      note.remove();
      resolve(acted);
    };
    const note = h(
      "div",
      { class: "toast" },
      h("span", {}, text),
      action && button(action.label, { onclick: () => (action.act?.(), end(true)), class: "plain" }),
      button(words.close, { icon: "close", bare: true, class: "quiet", onclick: () => end(false) }),
    );
    const same = [...shelf.children].find((each) => each.firstElementChild.textContent === text);
    if (!action) same?.remove();
    const timer = setTimeout(end, stay, false);
    move();
    shelf.append(note);
  });
}
