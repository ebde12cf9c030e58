/** Copies text to the clipboard, and says whether that worked. */

import { strings } from "./strings.js";
import { toast } from "./toast.js";

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(strings.copied, { duration: 2500 });
  } catch {
    toast(strings.notCopied);
  }
}
