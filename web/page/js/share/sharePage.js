/** The page of a share: photos to look at, for people without an account. */

import { button, h, setChildren } from "../dom.js";
import { formatDay } from "../formatting.js";
import { LANGUAGE, strings } from "../strings.js";
import { SharedLibrary, takeToken } from "./sharedLibrary.js";
import { SharedPhotoDialog } from "./sharedPhoto.js";

const PAGE = 60; // photos in one request
const NEAR = "800px"; // from the end of what is shown, when more is asked for

class SharePage {
  #library = new SharedLibrary(takeToken());
  #photos = [];
  #total = 0;
  #loading = null;
  #staleAt = 0; // when links to pictures are to be asked for anew

  constructor(main) {
    this.main = main;
    this.grid = h("ul", { class: "shared-photos" });
    this.more = button(strings.more, { class: "text-button", hidden: true, onclick: () => this.#load() });
    this.count = h("p", { class: "muted", role: "status" });
    this.notice = h("div", {});
  }

  async open() {
    try {
      const view = await this.#library.view();
      document.title = view.name;
      this.#draw(view);
      await this.#load();
      new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && this.#load(), { rootMargin: NEAR }).observe(
        this.more,
      );
    } catch (error) {
      if (error.code === "password_needed") this.#askPassword();
      else this.#fail(error);
    }
  }

  #draw({ name, description, expires_at: expiresAt, originals }) {
    this.dialog ??= new SharedPhotoDialog(
      (position) => this.#photoAt(position),
      originals && ((each) => this.#save(each)),
    );
    setChildren(
      this.main,
      h("h1", { dir: "auto" }, name),
      description && h("p", { class: "description", dir: "auto" }, description),
      this.count,
      this.notice,
      this.grid,
      this.more,
      h("p", { class: "muted" }, strings.shareUntil(formatDay(expiresAt))),
    );
  }

  #fail(error) {
    const again = error.status !== 404 && button(strings.retry, { onclick: () => location.reload() });
    setChildren(
      this.main,
      h("h1", {}, strings.title),
      h("p", { class: "note error", role: "alert" }, error.message),
      again,
    );
  }

  #askPassword() {
    const input = h("input", { id: "password", type: "password", required: true, autocomplete: "current-password" });
    const message = h("p", { role: "alert" });
    const submit = button(strings.unlock, { type: "submit", class: "primary" });
    const unlock = async (event) => {
      event.preventDefault();
      submit.disabled = true;
      try {
        await this.#library.unlock(input.value);
        await this.open();
      } catch (error) {
        message.textContent = error.message;
        message.className = "note error";
        input.select();
      }
      submit.disabled = false;
    };
    setChildren(
      this.main,
      h("h1", {}, strings.shareLocked),
      h(
        "form",
        { class: "share-form", onsubmit: unlock },
        h("div", { class: "form-row" }, h("label", { htmlFor: "password" }, strings.password), input),
        submit,
        message,
      ),
    );
    input.focus();
  }

  /** Ask for the next photos, once at a time. */
  #load() {
    this.#loading ??= this.#append().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #append() {
    if (this.#photos.length && this.#photos.length >= this.#total) return;
    try {
      const page = await this.#page(this.#photos.length, PAGE);
      const start = this.#photos.length;
      this.#photos.push(...page.photos);
      this.grid.append(...page.photos.map((each, index) => this.#tile(each, start + index)));
      this.count.textContent = this.#total ? strings.totalPhotos(this.#total) : strings.shareEmpty;
      this.more.hidden = !page.photos.length || this.#photos.length >= this.#total;
    } catch (error) {
      if (error.status === 404) this.#fail(error);
      else this.#say(error.message);
    }
  }

  async #page(skip, top) {
    const page = await this.#library.photos(skip, top);
    this.#total = page.total;
    this.#staleAt = Date.now() + page.seconds * 1000;
    return page;
  }

  #say(message) {
    setChildren(this.notice, message && h("p", { class: "note error", role: "alert" }, message));
  }

  #tile(photo, position) {
    const label = photo.title || photo.alt_text || strings.photo;
    const image = h("img", { src: photo.thumbnail, alt: photo.alt_text || label, loading: "lazy", decoding: "async" });
    const open = h("button", { type: "button", onclick: () => this.dialog.show(position) }, image);
    const ratio = photo.width && photo.height ? photo.width / photo.height : 1;
    const item = h("li", {}, open);
    item.style.setProperty("--ratio", String(Math.min(Math.max(ratio, 0.4), 3)));
    return item;
  }

  /** A photo with links that are still good; nothing behind the last one. */
  async #photoAt(position) {
    if (position >= this.#photos.length) await this.#load();
    if (Date.now() > this.#staleAt && this.#photos[position]) {
      const { photos } = await this.#page(position, 1).catch(() => ({ photos: [] }));
      if (photos[0]) this.#photos[position] = photos[0];
    }
    return this.#photos[position];
  }

  async #save({ id }) {
    try {
      const url = await this.#library.original(id);
      h("a", { href: url, download: "", referrerPolicy: "no-referrer" }).click();
    } catch (error) {
      this.dialog.dialog.close();
      this.#say(error.message);
    }
  }
}

document.documentElement.lang = LANGUAGE;
new SharePage(document.querySelector("main")).open();
