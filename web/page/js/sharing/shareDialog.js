/** Shares: photos for people without an account, by an address that is told once, and a list of those to revoke. */

import { get, post, remove } from "../api.js";
import { copyText } from "../clipboard.js";
import { confirmed } from "../confirm.js";
import { button, h, setChildren } from "../dom.js";
import { formatDay, formatPerson } from "../formatting.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";

const MAX_NAME = 200;
const SHORTEST_PASSWORD = 8; // characters, as the server wants
const DAYS = [7, 30, 90, 365];
const DEFAULT_DAYS = 30;

/**
 * Open the dialog; `what()` resolves to the photos: `{collection}`, `{search}` or `{ids}`, and `name` is offered. Where
 * `what` is null, that is all photos, which no link shows: it says so, and lists what is shared.
 */
export function openShareDialog(what, name) {
  new ShareDialog(what, name).open();
}

class ShareDialog {
  #what;

  constructor(what, name) {
    this.#what = what;
    const close = button(strings.close, {
      icon: "close",
      iconOnly: true,
      class: "borderless",
      onclick: () => this.dialog.close(),
    });
    const title = h("h2", { id: "sharing-title" }, strings.shareTitle);
    this.made = h("div", { role: "status" });
    this.list = h("div", {});
    this.dialog = h(
      "dialog",
      { id: "sharing", "aria-labelledby": "sharing-title" },
      h("div", { class: "header" }, title, close),
      h(
        "div",
        { class: "body" },
        what ? this.#form(name) : h("p", { class: "note" }, strings.shareFewer),
        this.made,
        this.list,
      ),
    );
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("close", () => this.dialog.remove());
  }

  open() {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.#loadList();
  }

  #form(name) {
    this.name = h("input", { id: "share-name", type: "text", maxLength: MAX_NAME, required: true, value: name ?? "" });
    this.name.dir = "auto";
    this.days = h(
      "select",
      { id: "share-days" },
      DAYS.map((each) => h("option", { value: each, selected: each === DEFAULT_DAYS }, strings.forDays(each))),
    );
    this.password = h("input", { id: "share-password", type: "password", autocomplete: "new-password" });
    this.password.minLength = SHORTEST_PASSWORD;
    this.metadata = checkbox(strings.shareMetadata, true, () => this.#followMetadata());
    this.persons = checkbox(strings.sharePersons, false);
    this.originals = checkbox(strings.shareOriginals, true);
    this.submit = button(strings.makeShare, { type: "submit", class: "primary" });
    return h(
      "form",
      { class: "share-form", onsubmit: (event) => this.#make(event) },
      row(strings.shareName, this.name),
      row(strings.shareDays, this.days),
      row(strings.sharePassword, this.password),
      this.metadata.element,
      this.originals.element,
      this.persons.element,
      h("div", { class: "actions" }, this.submit),
    );
  }

  /** Originals hold what their files say. */
  #followMetadata() {
    const { checked } = this.metadata.input;
    this.originals.input.disabled = !checked;
    if (!checked) this.originals.input.checked = false;
  }

  async #make(event) {
    event.preventDefault();
    this.submit.disabled = true;
    try {
      const { url } = await post("/api/shares", {
        ...(await this.#what()),
        name: this.name.value,
        days: Number(this.days.value),
        ...(this.password.value && { password: this.password.value }),
        metadata: this.metadata.input.checked,
        originals: this.originals.input.checked,
        persons: this.persons.input.checked,
      });
      this.password.value = "";
      this.#showAddress(new URL(url, location.origin).href);
      await this.#loadList();
    } catch (error) {
      setChildren(this.made, h("p", { class: "note error", role: "alert" }, error.message));
    } finally {
      this.submit.disabled = false;
    }
  }

  #showAddress(url) {
    const address = h("input", { id: "share-url", type: "text", readOnly: true, value: url });
    setChildren(
      this.made,
      h("p", {}, strings.shareMade),
      row(strings.shareAddress, address),
      button(strings.copy, { icon: "copy", onclick: () => copyText(url) }),
    );
    address.focus();
    address.select();
  }

  async #loadList() {
    try {
      const { shares } = await get("/api/shares");
      setChildren(
        this.list,
        shares.length > 0 && h("h3", {}, strings.shares),
        h(
          "ul",
          { class: "shares" },
          shares.map((each) => this.#row(each)),
        ),
      );
    } catch (error) {
      setChildren(this.list, h("p", { class: "note error", role: "alert" }, error.message));
    }
  }

  #row(share) {
    const { name, photos, created_by: by, expires_at: expiresAt, has_password: isLocked } = share;
    const about = [
      photos === null ? strings.collection : strings.totalPhotos(photos),
      strings.shareUntil(formatDay(expiresAt)),
      isLocked && strings.withPassword,
      formatPerson(by),
    ];
    return h(
      "li",
      {},
      h("div", {}, h("strong", { dir: "auto" }, name), h("p", { class: "muted" }, about.filter(Boolean).join(" · "))),
      button(strings.revoke, {
        class: "danger",
        "aria-label": strings.revokeShare(name),
        onclick: () => this.#revoke(share),
      }),
    );
  }

  async #revoke({ id, name }) {
    if (!(await confirmed(strings.revokeQuestion(name), strings.revoke))) return;
    try {
      await remove(`/api/shares/${id}`);
      toast(strings.revoked(name));
    } catch (error) {
      if (error.status !== 404) toast(error.message);
    }
    setChildren(this.made);
    await this.#loadList();
  }
}

function row(label, input) {
  return h("div", { class: "form-row" }, h("label", { htmlFor: input.id }, label), input);
}

function checkbox(label, checked, onchange) {
  const input = h("input", { type: "checkbox", checked, onchange });
  return { input, element: h("label", { class: "choice" }, input, h("span", {}, label)) };
}
