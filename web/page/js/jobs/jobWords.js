/** What a job does, in words. */

import { collections } from "../collections/collections.js";
import { nameOfField, OWN } from "../photo/ownFieldInputs.js";
import { strings } from "../strings.js";

const UNDOABLE = ["edit", "collect", "uncollect", "rename_tags", "delete", "move"];

/** Whether a job can be undone, as far as its record tells. */
export const canUndo = ({ action, undoes, undone_by: undoneBy, changed }) =>
  UNDOABLE.includes(action) && !undoes && !undoneBy && changed > 0;

/** Such as “Tags: + sea”. */
export function jobTitle(job) {
  const { action, parameters, undoes } = job;
  if (undoes) return strings.jobs.undo;
  if (action === "edit") return editTitle(parameters);
  const name = collections.find(parameters.collection)?.name;
  const target = { collect: name, uncollect: name, move: moveTarget(parameters), rename_tags: parameters.new }[action];
  const title = strings.jobs[action] ?? action;
  return target ? `${title}: ${target}` : title;
}

const moveTarget = ({ folder, name }) =>
  [folder === "" ? strings.topFolder : folder, name].filter((each) => each !== undefined).join(" · ");

function editTitle({ patch = {}, add = {}, remove = {} }) {
  const { fields = {}, ...own } = patch;
  const written = [...Object.entries(own), ...Object.entries(fields).map(([name, value]) => [OWN + name, value])];
  const parts = [
    ...written.map(([name, value]) => `${nameOfField(name)}: ${valueText(name, value)}`),
    ...Object.entries(add).map(([name, values]) => `${nameOfField(name)}: + ${values.join(", ")}`),
    ...Object.entries(remove).map(([name, values]) => `${nameOfField(name)}: − ${values.join(", ")}`),
  ];
  return parts.join("; ") || strings.jobs.edit;
}

function valueText(name, value) {
  if (name === "rating") return strings.rating[{ 0: "none", [-1]: "rejected" }[value]] ?? strings.rating.stars(value);
  if (typeof value === "boolean") return strings.answers[value ? "yes" : "no"];
  if (value === null || value === "") return strings.jobs.cleared;
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? Object.values(value).join(", ") : String(value);
}
