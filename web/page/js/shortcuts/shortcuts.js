/**
 * The keys of the page, in one place: what the help shows, and what acts from anywhere on the page.
 *
 * A part with keys of its own (the grid, the photo) handles them itself and adds them here to be shown. One with `run` is
 * called while nobody types, no dialog is open and nothing else has handled the key.
 */

/** `[{group, keys, text, run}]`: keys as in `KeyboardEvent.key`, those pressed together joined by "+". */
export const shortcuts = [];

/** Add `[{keys: ["x"], text, run?}]` to a group of the help; both are shown in the order in which they were added. */
export function addShortcuts(group, list) {
  shortcuts.push(...list.map((each) => ({ group, ...each })));
}

export function listenToShortcuts() {
  addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(target)) return;
    if (document.querySelector("dialog:modal")) return;
    const shortcut = shortcuts.find(({ keys, run }) => run && keys.includes(key));
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run();
  });
}

export const isTyping = (target) => Boolean(target.closest?.("input, textarea, select, [contenteditable]"));
