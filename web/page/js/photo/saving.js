/** Saving what somebody wrote of a photo, but never over what somebody else has written into the same field meanwhile. */

import { get, hasVersion, patch, photoPath, undoEdit } from "../api.js";
import { h, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { forget, keepTrack, offer, rescue } from "./drafts.js";
import { changesOf } from "./fieldRow.js";
import { writtenValue } from "./fieldText.js";
import { OWN } from "./ownFieldInputs.js";

const TRIES = 6; // the index may be a moment behind what is written
const WAIT = 200; // milliseconds after the first; then longer and longer

/**
 * Others have changed the same fields of a photo, `names`, own ones as `fields.NAME`: `before` is what the writer saw, and
 * `photo` what there is now.
 */
export class EditConflict extends Error {
  constructor(before, photo, names) {
    super(strings.editConflict);
    this.before = before;
    this.photo = photo;
    this.names = names;
  }
}

/**
 * Write changes, as a PATCH has them, into a photo, and resolve to what it is then.
 *
 * `photo` is what its writer saw. What others have changed since is no matter if it is another field; if it is the same,
 * nothing is written, and the error is an EditConflict.
 */
export async function saveChanges(photo, changes) {
  let current = hasVersion(photo) ? photo : await newest(photo, changes);
  for (let tries = 1; ; tries += 1) {
    try {
      return await patch(photoPath(photo.id), changes, current);
    } catch (error) {
      if (error.status !== 412 || tries === TRIES) throw error;
    }
    current = await newest(photo, changes);
    if (tries > 1) await new Promise((resolve) => setTimeout(resolve, WAIT * tries));
  }
}

async function newest(photo, changes) {
  const current = await get(photoPath(photo.id));
  const names = namesIn(changes).filter((name) => {
    const now = asText(writtenValue(current, name));
    return now !== asText(writtenValue(photo, name)) && now !== asText(writtenValue(changes, name));
  });
  if (names.length) throw new EditConflict(photo, current, names);
  return current;
}

/**
 * Undo the last edit of a photo as it is shown, and resolve to what is left. Another version in which people have written
 * the same is no matter, as descriptions change too; where somebody has written something else it is refused with 412.
 */
export async function undoLastEdit(photo) {
  try {
    return await undoEdit(photo);
  } catch (error) {
    if (error.status !== 412) throw error;
    const current = await get(photoPath(photo.id));
    if (writtenBy(current) !== writtenBy(photo)) throw error;
    return undoEdit(current);
  }
}

/** What people have written of a photo, as text to compare. */
function writtenBy({ sources = {}, ...photo }) {
  const names = Object.keys(sources).filter((name) => sources[name] === "person");
  return JSON.stringify(names.sort().map((name) => [name, writtenValue(photo, name)]));
}

function namesIn({ fields = {}, ...others }) {
  return [...Object.keys(others), ...Object.keys(fields).map((name) => OWN + name)];
}

/** To compare: nothing, an empty text and an empty list are the same. */
const asText = (value) => JSON.stringify(value?.length === 0 ? null : (value ?? null));

/**
 * What a form of these rows does: `onsubmit`, `onkeydown` (Escape leaves the form, Ctrl+Enter saves) and `leave()`, and
 * the element that says what went wrong. What is written there is kept track of from `track(form)` on.
 *
 * `done(photo, isSaved)` is called when it is over: with what was saved, with what others have written if only that has
 * changed, or with nothing.
 */
export function saving(photo, rows, done) {
  let current = photo;
  const error = h("p", { class: "form-error", role: "alert" });
  let form;
  const track = (element) => {
    form = element;
    keepTrack(form, photo.id, () => changesOf(rows));
  };
  const leave = () => {
    forget(form);
    done(current === photo ? undefined : current, false);
  };
  const onsubmit = async (event) => {
    event.preventDefault();
    const changes = changesOf(rows);
    if (!Object.keys(changes).length) return leave();
    forget(form);
    const save = form.querySelector("[type=submit]");
    save.disabled = true;
    setChildren(error);
    try {
      done(await saveChanges(current, changes), true);
    } catch (failure) {
      save.disabled = false;
      if (!form.isConnected) return offer(photo.id, changes, `${strings.changesNotSaved} ${failure.message}`);
      if (failure instanceof EditConflict) {
        current = failure.photo;
        for (const row of rows) row.follow(current, failure.names.includes(row.name));
      }
      setChildren(error, failure.message);
      track(form);
    }
  };
  const onkeydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    else if (event.key === "Escape") {
      rescue(form);
      leave();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { error, leave, onsubmit, onkeydown, track };
}
