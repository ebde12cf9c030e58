/** A pencil beside a field, which brings the form of that field when it is pressed. */

import { button } from "../dom.js";
import { loaded } from "../lazyView.js";
import { strings } from "../strings.js";
import { nameOfField } from "./ownFieldInputs.js";

/**
 * A pencil that edits one field in place of `element()`; `saved(photo, isSaved)` is called with what was saved or, where
 * that is false, with what somebody else has written meanwhile.
 */
export function editButton(photo, name, element, saved) {
  const edit = async () => {
    const editInPlace = await loaded(async () => {
      const { editInPlace } = await import("./editInPlace.js");
      return editInPlace;
    });
    await editInPlace?.(photo, name, element(), saved);
  };
  return button(strings.editField(nameOfField(name)), {
    icon: "edit",
    iconOnly: true,
    class: "borderless edit-field needs-editor",
    "data-field": name,
    onclick: edit,
  });
}
