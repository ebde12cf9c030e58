/** Does something with the photos that are picked: asks what is needed, and makes a job of it. */

import { collections, shownCollection } from "../collections/collections.js";
import { confirmed } from "../confirm.js";
import { jobs } from "../jobs/jobs.js";
import { openShareDialog } from "../sharing/shareDialog.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { askForCollection } from "./collectionForm.js";
import { askForField, askForTags } from "./fieldForm.js";
import { askForMove } from "./moveForm.js";
import { askForRecaption } from "./recaptionForm.js";
import { selection } from "./selection.js";

const FEW = 20; // photos that are deleted without a question, as that can be undone
const LEAVING = ["delete", "move", "uncollect"]; // what leaves nothing to do with these photos
const MAX_SHARED = 10_000; // photos by their ids, in one share

const patching = (patch) => ({ action: "edit", patch });
const BODIES = {
  tags: askForTags,
  field: askForField,
  rate: (_, stars) => patching({ rating: stars }),
  favorite: () => patching({ favorite: true }),
  notFavorite: () => patching({ favorite: false }),
  reviewed: () => patching({ reviewed: true }),
  notReviewed: () => patching({ reviewed: false }),
  collect: askForCollection,
  uncollect: async () => {
    await collections.load();
    return { action: "uncollect", collection: shownCollection().id };
  },
  move: askForMove,
  recaption: askForRecaption,
  delete: async () => {
    const isFew = selection.count <= FEW && !selection.isAll;
    return (
      (isFew || (await confirmed(strings.deleteManyQuestion(selection.count), strings.delete))) && { action: "delete" }
    );
  },
};

/** Do what an action is called; `value` is what it takes, where a menu has asked. */
export async function act(name, { value, results, exports }) {
  if (name === "share") {
    await share(exports);
    return;
  }
  const body = await BODIES[name](results, value);
  if (!body) return;
  const request = selection.request();
  if (!(await started({ ...body, ...request }))) return;
  if (!LEAVING.includes(name)) return;
  if (name === "delete") results.hideAll(request.ids ?? []);
  selection.clear();
}

/** Make the job; where the number has changed meanwhile, say so and ask again. */
async function started(body) {
  try {
    await jobs.start(body);
    return true;
  } catch (error) {
    if (error.status !== 409 || error.count === undefined) {
      toast(error.message);
      return false;
    }
    const isWanted =
      error.count > 0 && (await confirmed(strings.countChanged(body.expected, error.count), strings.goOn(error.count)));
    if (error.count === 0) toast(strings.noneLeft);
    return isWanted && started({ ...body, expected: error.count });
  }
}

async function share(exports) {
  const { search, exclude } = selection.request();
  const ids = search && !exclude ? null : await exports.ids();
  if (ids?.length > MAX_SHARED) {
    toast(strings.tooManyToShare(MAX_SHARED));
    return;
  }
  const isAll = !ids && !Object.keys(search).length;
  openShareDialog(isAll ? null : async () => (ids ? { ids } : { search }), "");
}
