/** Builds elements. Text is only ever set as text, so nothing in a name or a caption can become markup. */

import { ICON_PATHS } from "./icons.js";

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
  element.append(...flatten(children));
  return element;
}

/** Replace the children of an element; empty ones are left out. */
export function setChildren(element, ...children) {
  element.replaceChildren(...flatten(children));
  return element;
}

function flatten(children) {
  return children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false);
}

/** A 24 by 24 icon, hidden from screen readers: the button around it has the label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICON_PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button with an icon; `label` is read out, and shown unless `iconOnly`. */
export function button(label, { icon: name, iconOnly = false, ...props } = {}) {
  const all = iconOnly
    ? { "aria-label": label, title: label, ...props, class: `icon-only ${props.class ?? ""}` }
    : props;
  return h("button", { type: "button", ...all }, name && icon(name), !iconOnly && h("span", {}, label));
}

/** Call `action` after so many milliseconds without another call; `.now()` does not wait, `.cancel()` drops the call. */
export function debounce(action, milliseconds) {
  let timer = 0;
  const debounced = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
  debounced.cancel = () => clearTimeout(timer);
  debounced.now = (...values) => {
    debounced.cancel();
    return action(...values);
  };
  return debounced;
}

/** Call `action` at most once per animation frame. */
export function oncePerFrame(action) {
  let scheduled = false;
  return () => {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      action();
    });
  };
}
