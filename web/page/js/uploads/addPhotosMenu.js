/** The button that adds photos, with a choice between files and a folder. */

import { button, h, setChildren } from "../dom.js";
import { placeMenu } from "../popovers.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { filesFromInput, targetFolder } from "./selectedFiles.js";
import { acceptedKinds } from "./uploadRules.js";

const atTheBottom = matchMedia("(max-width: 720px)"); // where the style sheet places the menu, above the buttons there

export class AddPhotosMenu {
  #uploads;

  constructor(uploads) {
    this.#uploads = uploads;
    this.fileInput = this.#input({ multiple: true, accept: acceptedKinds });
    this.folderInput = this.#input({ webkitdirectory: true });
    this.camera = this.#input({ accept: "image/*", capture: "environment" });
    const choose = (input) => () => {
      menu.hidePopover?.();
      input.click();
    };
    const target = h("p", { class: "hint", dir: "auto" });
    const menu = h(
      "div",
      { id: "add-menu", popover: "auto" },
      button(strings.addFiles, { icon: "image", onclick: choose(this.fileInput) }),
      button(strings.takePhoto, { icon: "camera", class: "needs-touch", onclick: choose(this.camera) }),
      button(strings.addFolder, { icon: "folder", onclick: choose(this.folderInput) }),
      target,
    );
    const openButton = button(strings.add, { icon: "upload", id: "add" });
    menu.addEventListener("beforetoggle", () => {
      const folder = targetFolder();
      setChildren(target, folder && strings.addIntoFolder(folder));
    });
    menu.addEventListener("toggle", () => !atTheBottom.matches && placeMenu(menu, openButton));
    openButton.setAttribute("popovertarget", "add-menu");
    this.element = h(
      "div",
      { class: "add-photos needs-contributor" },
      openButton,
      menu,
      this.fileInput,
      this.folderInput,
      this.camera,
    );
  }

  #input(props) {
    const input = h("input", { type: "file", hidden: true, ...props });
    input.addEventListener("change", () => {
      this.#uploads.add(filesFromInput(input));
      input.value = "";
    });
    return input;
  }

  /** Open the file dialog. */
  chooseFiles() {
    if (!may("contributor")) return;
    this.fileInput.click();
  }

  /** The same for a folder with all that is in it. */
  chooseFolder() {
    if (!may("contributor")) return;
    this.folderInput.click();
  }
}
