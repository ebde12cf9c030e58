/** Builds elements. Text is only ever set as text, so nothing in a name or a caption can become markup. */

import { shapes } from "./icons.js";

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties, listeners (`onclick`), attributes and children; empty children are left out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name in element && !name.includes("-") && name !== "list") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...flat(children));
  return element;
}

/** Give an element these children instead of the ones it has. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false);
}

/** A drawing of 24 by 24 that says nothing to a screen reader: the button around it has the label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", shapes[name]);
  svg.append(path);
  return svg;
}

/** A button with an icon; `label` is read out, and shown unless `bare`. */
export function button(label, { icon: name, bare = false, ...props } = {}) {
  const shown = bare ? { "aria-label": label, title: label, ...props, class: `bare ${props.class ?? ""}` } : props;
  return h("button", { type: "button", ...shown }, name && icon(name), !bare && h("span", {}, label));
}

/** Call `action` once things have been quiet for so many milliseconds; `.now()` does not wait, `.cancel()` forgets. */
export function settled(action, wait) {
  let timer = 0;
  const later = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), wait);
  };
  later.cancel = () => clearTimeout(timer);
  later.now = (...values) => (later.cancel(), action(...values));
  return later;
}

/** Call `action` at most once a frame. */
export function framed(action) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => ((asked = false), action()));
  };
}
