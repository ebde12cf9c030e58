/** Thumbs: whether an answer, or a photo among results, was right. Shown only where the server keeps verdicts. */

import { post } from "./api.js";
import { button, h } from "./dom.js";
import { keepsQuestions } from "./rights.js";
import { strings } from "./strings.js";
import { toast } from "./toast.js";

/**
 * Two buttons, of which one is pressed once a verdict is given; the other one changes it.
 *
 * `subject` is what the server is told: `about`, `photos` (ids) and `question`, which is sent only where it is kept.
 * `verdict` is one given before, and `onVerdict(verdict)` is called with each that the server has.
 */
export function feedbackButtons(label, subject, { verdict, onVerdict }) {
  const thumbs = ["up", "down"].map((each) =>
    button(strings.verdicts[each], {
      icon: each === "up" ? "thumbUp" : "thumbDown",
      iconOnly: true,
      class: "borderless",
      onclick: () => give(each),
    }),
  );
  let shown;
  let kept = verdict;
  const show = (current) => {
    shown = current;
    ["up", "down"].forEach((each, index) => {
      thumbs[index].setAttribute("aria-pressed", String(each === current));
    });
  };
  const give = async (chosen) => {
    if (chosen === shown) return;
    show(chosen);
    try {
      await post("/api/feedback", { ...subject, verdict: chosen, question: keepsQuestions() ? subject.question : "" });
      kept = chosen;
      onVerdict(chosen);
    } catch (error) {
      show(kept);
      toast(strings.feedbackNotKept(error.message));
    }
  };
  show(kept);
  return h("div", { class: "feedback needs-feedback", role: "group", "aria-label": label }, thumbs);
}

const verdictsOnPhotos = new Map();

/** Thumbs for a photo among the results of a search in words. */
export function photoFeedback(id, question) {
  const key = JSON.stringify([id, question]);
  const options = {
    verdict: verdictsOnPhotos.get(key),
    onVerdict: (verdict) => verdictsOnPhotos.set(key, verdict),
  };
  return h(
    "div",
    { class: "photo-feedback needs-feedback" },
    h("span", {}, strings.isItWhatYouLookedFor(question)),
    feedbackButtons(strings.isItWhatYouLookedFor(question), { about: "photo", photos: [id], question }, options),
  );
}
