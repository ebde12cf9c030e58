/** The queue of photos that nobody has looked at: pages of it, fetched ahead, and what is saved while one goes on. */

import { get, patch, photoPath } from "../api.js";
import { getLink } from "../imageLinks.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { searchParams } from "../urlState.js";

const PAGE = 20;
const AHEAD = 6; // photos that are left when the next page is asked for
const PICTURES_AHEAD = 3;

/** Fires `changed` when photos or counts have come, and `saves` when something was saved, or could not be. */
export class ReviewQueue extends EventTarget {
  photos = [];
  counts = {};
  accepted = 0;
  error = null;
  failed; // by id: the photo, the changes that are not saved, and why
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
      this.photos.push(...page.photos.filter(({ id }) => !ids.has(id)));
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

  /** Save changes of a photo, while others are looked at; what cannot be saved is kept, to be tried again. */
  save(photo, changes) {
    const before = this.#last.get(photo.id);
    const work = Promise.resolve(before).then(() => this.#save(photo, changes));
    this.#last.set(photo.id, work);
    Object.assign(photo, shownAs(photo, changes));
    return work;
  }

  async #save(photo, changes) {
    const earlier = this.failed.get(photo.id)?.changes ?? {};
    const all = merged(earlier, changes);
    const token = {};
    this.#saving.add(token);
    this.dispatchEvent(new Event("saves"));
    try {
      const saved = await patch(photoPath(photo.id), all);
      this.failed.delete(photo.id);
      this.#replace(saved);
      if (all.reviewed) this.#takeOut(photo);
    } catch (error) {
      if (error.status === 404) this.#forget(photo);
      else this.failed.set(photo.id, { photo, changes: all, error });
    }
    this.#saving.delete(token);
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
    return Promise.all([...this.failed.values()].map(({ photo }) => this.save(photo, {})));
  }

  /** What was saved takes the place of what is shown; why it was in the queue stays. */
  #replace(saved) {
    const photo = this.photos.find(({ id }) => id === saved.id);
    if (photo) Object.assign(photo, saved);
  }
}

/** A photo as it will be once the changes are saved; what is taken back is known only then. */
function shownAs(photo, changes) {
  const { fields, ...others } = changes;
  const written = Object.entries(others).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(written), ...(fields && { fields: { ...photo.fields, ...fields } }) };
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
