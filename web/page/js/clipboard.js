/** Copies text to the clipboard, and says whether that worked. */

import { h } from "./dom.js";
import { strings } from "./strings.js";
import { toast } from "./toast.js";

export async function copyText(text) {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copyBySelection(text);
    toast(strings.copied, { duration: 2500 });
  } catch {
    toast(strings.notCopied);
  }
}

/** Outside secure contexts there is no `navigator.clipboard`; the older command copies what is selected. */
function copyBySelection(text) {
  const before = document.activeElement;
  const area = h("textarea", { class: "visually-hidden", value: text, readOnly: true });
  (before?.closest("dialog") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  before?.focus();
  if (!copied) throw new Error("not copied");
}
