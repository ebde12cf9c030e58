/** The queue of photos that nobody has looked at: pages of it, fetched ahead, and what is saved while one goes on. */

import { get } from "../api.js";
import { getLink } from "../imageLinks.js";
import { OWN } from "../photo/ownFieldInputs.js";
import { EditConflict, saveChanges } from "../photo/saving.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { searchParams } from "../urlState.js";

const PAGE = 20;
const AHEAD = 6; // photos that are left when the next page is asked for
const PICTURES_AHEAD = 3;
const asRead = new WeakMap(); // of each photo, which is shown as it will be, the record of the server

/** Fires `changed` when photos or counts have come, and `saves` when something was saved, or could not be. */
export class ReviewQueue extends EventTarget {
  photos = [];
  counts = {};
  accepted = 0;
  error = null;
  failed; // by id: the photo, the changes that are not saved, and why; an EditConflict is to be looked at first
  #filters;
  #next = null; // the place of the next page; empty at the end
  #loading = null;
  #saving = new Set();
  #last = new Map(); // by id: what is saved of a photo is saved in the order in which it was written

  /** `failed` is what the queue before could not save. */
  constructor(filters, failed = new Map()) {
    super();
    this.failed = failed;
    this.#filters = searchParams({ filters }).filter(([name]) => name !== "reviewed");
  }

  /** How many are in the queue, those accepted here not among them. */
  get total() {
    return Object.values(this.counts).reduce((sum, each) => sum + each, 0) - this.accepted;
  }

  get isComplete() {
    return this.#next === "";
  }

  get isSaving() {
    return this.#saving.size > 0;
  }

  /** The photo at a position, once it has come; undefined behind the last. */
  async at(position) {
    while (position >= this.photos.length && !this.isComplete && !this.error) await this.load();
    this.#fetchAhead(position);
    return this.photos[position];
  }

  /** Where a photo is; one that this queue has not come to yet is put behind the others. */
  positionOf(photo) {
    const position = this.photos.findIndex(({ id }) => id === photo.id);
    return position < 0 ? this.photos.push(photo) - 1 : position;
  }

  /** The next page. */
  load() {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #load() {
    this.error = null;
    try {
      const place = this.#next ? [["after", this.#next]] : [];
      const page = await get("/api/review", [...this.#filters, ["top", PAGE], ...place]);
      const ids = new Set(this.photos.map(({ id }) => id));
      const more = page.photos.filter(({ id }) => !ids.has(id));
      for (const photo of more) asRead.set(photo, { ...photo });
      this.photos.push(...more);
      if (this.#next === null) this.counts = page.counts;
      this.#next = page.next;
    } catch (error) {
      this.error = error;
    }
    this.dispatchEvent(new Event("changed"));
  }

  #fetchAhead(position) {
    if (this.photos.length - position < AHEAD && !this.isComplete && !this.error) this.load();
    for (const { id } of this.photos.slice(position + 1, position + 1 + PICTURES_AHEAD)) fetchPicture(id);
  }

  /**
   * Save changes of a photo, while others are looked at; what cannot be saved is kept, to be tried again. `seen` is what
   * of `failed` was shown when they were written.
   */
  save(photo, changes, seen) {
    const before = this.#last.get(photo.id);
    const work = Promise.resolve(before).then(() => this.#save(photo, changes, seen));
    this.#last.set(photo.id, work);
    Object.assign(photo, shownAs(photo, changes));
    return work;
  }

  async #save(photo, changes, seen) {
    const earlier = this.failed.get(photo.id);
    const all = merged(leftOf(earlier, seen), changes);
    if (isConflict(earlier) && earlier !== seen) {
      earlier.changes = all;
      return undefined;
    }
    if (!Object.keys(all).length) return this.#drop(photo); // theirs is what was wanted
    const token = {};
    this.#saving.add(token);
    this.dispatchEvent(new Event("saves"));
    try {
      const saved = await saveChanges(asRead.get(photo) ?? photo, all);
      this.failed.delete(photo.id);
      this.#replace(photo, saved);
      if (all.reviewed) this.#takeOut(photo);
    } catch (error) {
      if (error instanceof EditConflict) this.#replace(photo, error.photo);
      if (error.status === 404) this.#forget(photo);
      else this.failed.set(photo.id, { photo, changes: all, error });
    }
    this.#saving.delete(token);
    this.dispatchEvent(new Event("saves"));
    return undefined;
  }

  #drop(photo) {
    this.failed.delete(photo.id);
    this.dispatchEvent(new Event("saves"));
  }

  /** Count a photo out that waits no more. */
  #takeOut(photo) {
    if (!photo.isAccepted) this.accepted += 1;
    photo.isAccepted = true;
  }

  /** Somebody has deleted the photo: there is nothing to save, and nothing to look at. */
  #forget(photo) {
    this.failed.delete(photo.id);
    this.#takeOut(photo);
    toast(strings.photoMissing);
  }

  /** Try again to save what could not be saved. */
  retry() {
    const failed = [...this.failed.values()].filter((each) => !isConflict(each));
    return Promise.all(failed.map(({ photo }) => this.save(photo, {})));
  }

  /** Whether there is something to try again as it is. */
  get canRetry() {
    return [...this.failed.values()].some((each) => !isConflict(each));
  }

  /** What the server has now takes the place of what is shown; why it was in the queue stays. */
  #replace(photo, record) {
    for (const each of new Set([photo, this.photos.find(({ id }) => id === record.id)])) {
      if (!each) continue;
      Object.assign(each, record);
      asRead.set(each, record);
    }
  }
}

/** A photo as it will be once the changes are saved; what is taken back is known only then. */
function shownAs(photo, changes) {
  const { fields, ...others } = changes;
  const written = Object.entries(others).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(written), ...(fields && { fields: { ...photo.fields, ...fields } }) };
}

/** Whether others have changed what is to be saved: that has to be looked at first. */
export const isConflict = (failed) => failed?.error instanceof EditConflict;

/** What is still to be saved of what could not be; fields that others have written are left to who has seen both. */
function leftOf(failed, seen) {
  if (!failed) return {};
  if (!isConflict(failed) || failed !== seen) return failed.changes;
  const isLeft = (name) => !failed.error.names.includes(name);
  const { fields = {}, ...others } = failed.changes;
  const left = Object.entries(others).filter(([name]) => isLeft(name));
  const own = Object.entries(fields).filter(([name]) => isLeft(OWN + name));
  return { ...Object.fromEntries(left), ...(own.length && { fields: Object.fromEntries(own) }) };
}

function merged(first, second) {
  const fields = { ...first.fields, ...second.fields };
  return { ...first, ...second, ...(Object.keys(fields).length && { fields }) };
}

const fetched = new Set();

async function fetchPicture(id) {
  if (fetched.has(id)) return;
  fetched.add(id);
  const url = await getLink(id, "preview").catch(() => undefined);
  if (url) new Image().src = url;
}
