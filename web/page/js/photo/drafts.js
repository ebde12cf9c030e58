/** What somebody has written of a photo, and not saved, outlives the form: it is offered again, whatever closed that. */

import { strings } from "../strings.js";
import { toast } from "../toast.js";

const OFFER = 20_000; // milliseconds
const written = new WeakMap(); // by form, unless what is written there is on its way: `{id, changes()}`
const drafts = new Map(); // by photo, what to go on with once it is open
const goingOn = new EventTarget();

/** From now on the form of a photo has what `changes()` returns, as a PATCH has it. */
export const keepTrack = (form, id, changes) => written.set(form, { id, changes });

/** What is written there is being saved, or was left on purpose. */
export const forget = (form) => written.delete(form);

/** What is written in forms of a photo and not on its way. */
export function changesIn(forms) {
  const changes = forms.map((form) => written.get(form)?.changes() ?? {});
  const fields = Object.assign({}, ...changes.map((each) => each.fields)); // own ones may be in several forms
  return Object.assign({}, ...changes, Object.keys(fields).length && { fields });
}

/** Forms of a photo go, and nobody has said that what is written there should. */
export function rescue(...forms) {
  const { id } = forms.map((form) => written.get(form)).find(Boolean) ?? {};
  if (id) offer(id, changesIn(forms), strings.changesNotSaved);
  forms.forEach(forget);
}

/** Say that changes were not saved, and why; whoever wants to goes on with them. */
export async function offer(id, changes, reason) {
  if (!Object.keys(changes).length) return;
  if (!(await toast(reason, { actionLabel: strings.goOnEditing, kind: "draft", duration: OFFER }))) return;
  drafts.set(id, changes);
  goingOn.dispatchEvent(new CustomEvent("wanted", { detail: id }));
}

/** `open(id)` is called when somebody wants to go on with what was written of a photo. */
export const whenWanted = (open) => goingOn.addEventListener("wanted", ({ detail }) => open(detail));

/** The changes to go on with, if somebody wants to; once. */
export function takeDraft(id) {
  const draft = drafts.get(id);
  drafts.delete(id);
  return draft;
}
