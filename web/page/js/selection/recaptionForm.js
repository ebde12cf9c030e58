/** Says what describing photos again takes, and asks whether it is worth that. */

import { post } from "../api.js";
import { h } from "../dom.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { ask } from "./actionDialog.js";
import { selection } from "./selection.js";

export const askForRecaption = () => estimated(selection.request());

/** The job that describes photos again, those that a job takes, if it is wanted once it is known what that takes. */
export async function estimated({ expected, ...photos }) {
  let estimate;
  try {
    estimate = await post("/api/jobs/estimate", { action: "recaption", ...photos });
  } catch (error) {
    toast(error.message);
    return null;
  }
  if (!estimate.photos) {
    toast(strings.nothingToRecaption);
    return null;
  }
  const content = [h("p", {}, strings.recaptionEstimate(estimate)), h("p", { class: "hint" }, strings.recaptionHint)];
  const options = { actionLabel: strings.recaption };
  const total = expected ?? estimate.total;
  return ask(
    strings.recaptionMany(total),
    content,
    () => ({ action: "recaption", ...photos, expected: total }),
    options,
  );
}
