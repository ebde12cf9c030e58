/** Short messages at the edge of the screen, read out politely; one may offer an action, such as undo. */

import { button, h } from "./dom.js";
import { strings } from "./strings.js";

const DURATION = 6000; // milliseconds
const replaceable = new Map(); // what ends a message, by its kind
let container;

export function mountToasts() {
  container = h("div", { id: "toasts", role: "status", "aria-live": "polite" });
  moveToTop();
  // Neither event bubbles, but both can be caught on their way down.
  for (const event of ["toggle", "close"]) document.addEventListener(event, moveToTop, { capture: true });
}

/** What lies outside a modal dialog is inert, so the messages move into the topmost one. */
function moveToTop() {
  const top = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  if (container.parentElement !== top) top.append(container);
}

/**
 * Show a message, in place of the same one, or of one of the same `kind`, if that is still shown; `actionLabel` adds a button.
 * It stays while somebody points at it or has it focused. Resolves when it is gone, to whether the button was pressed.
 */
export function toast(text, { actionLabel, kind, duration = DURATION } = {}) {
  return new Promise((resolve) => {
    const end = (pressed) => {
      clearTimeout(timer);
      message.remove();
      if (replaceable.get(kind) === end) replaceable.delete(kind);
      resolve(pressed);
    };
    const message = h(
      "div",
      { class: "toast" },
      h("span", {}, text),
      actionLabel && button(actionLabel, { onclick: () => end(true), class: "text-button" }),
      button(strings.close, { icon: "close", iconOnly: true, class: "borderless", onclick: () => end(false) }),
    );
    const duplicate = [...container.children].find((each) => each.firstElementChild.textContent === text);
    if (!actionLabel) duplicate?.remove();
    let timer;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(end, duration, false);
    };
    const hold = ({ pointerType }) => pointerType !== "touch" && clearTimeout(timer); // a finger leaves as it came
    for (const each of ["pointerenter", "focusin"]) message.addEventListener(each, hold);
    for (const each of ["pointerleave", "focusout"]) message.addEventListener(each, wait);
    wait();
    replaceable.get(kind)?.(false);
    if (kind) replaceable.set(kind, end);
    moveToTop();
    container.append(message);
  });
}
