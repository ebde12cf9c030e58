/** One photo of a share over the others: its preview, what is told of it, and the way to the next. */

import { button, h, setChildren } from "../dom.js";
import { formatTaken } from "../formatting.js";
import { strings } from "../strings.js";

export class SharedPhotoDialog {
  #photoAt;
  #download;
  #position = 0;

  /** `photoAt(position)` resolves to a photo, or to nothing behind the last; `download(photo)` where there is one. */
  constructor(photoAt, download) {
    this.#photoAt = photoAt;
    this.#download = download;
    this.image = h("img", { decoding: "async" });
    this.details = h("div", { class: "details", tabIndex: 0, role: "region", "aria-label": strings.details });
    this.previous = this.#turn(strings.previous, "left", -1);
    this.next = this.#turn(strings.next, "right", 1);
    const close = button(strings.close, { icon: "close", iconOnly: true, onclick: () => this.dialog.close() });
    close.classList.add("close");
    const picture = h("div", { class: "picture" }, this.image, this.previous, this.next, close);
    this.dialog = h("dialog", { id: "shared-photo", "aria-label": strings.photo }, picture, this.details);
    this.dialog.addEventListener("keydown", ({ key }) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
      if (step) this.show(this.#position + (document.dir === "rtl" ? -step : step));
    });
    document.body.append(this.dialog);
  }

  #turn(label, icon, step) {
    const turn = button(label, { icon, iconOnly: true, onclick: () => this.show(this.#position + step) });
    turn.classList.add(icon);
    return turn;
  }

  async show(position) {
    const photo = position >= 0 && (await this.#photoAt(position));
    if (!photo) return;
    this.#position = position;
    this.image.src = photo.preview;
    this.image.alt = photo.alt_text || photo.title || strings.photo;
    this.previous.disabled = position === 0;
    setChildren(this.details, this.#about(photo));
    if (!this.dialog.open) this.dialog.showModal();
    const following = await this.#photoAt(position + 1);
    if (position === this.#position) this.next.disabled = !following;
  }

  #about(photo) {
    const { title, caption } = photo;
    const facts = factsOf(photo);
    return [
      title && h("h2", { dir: "auto" }, title),
      caption && h("p", { dir: "auto" }, caption),
      facts.length > 0 &&
        h(
          "dl",
          {},
          facts.map(([name, value]) => [h("dt", {}, name), h("dd", { dir: "auto" }, value)]),
        ),
      this.#download && button(strings.downloadOriginal, { icon: "download", onclick: () => this.#download(photo) }),
    ];
  }
}

function factsOf(photo) {
  const list = (values) => (values ?? []).join(", ");
  const place = [photo.city, photo.state, photo.country].filter(Boolean).join(", ");
  const labels = strings.shared;
  return [
    [labels.taken, photo.taken_local && formatTaken(photo)],
    [labels.place, place],
    [labels.persons, list(photo.persons)],
    [labels.tags, list(photo.tags)],
    [labels.keywords, list(photo.keywords)],
    [labels.creators, list(photo.creators)],
    [labels.credit, photo.credit],
    [labels.rights, photo.rights],
    [labels.usageTerms, photo.usage_terms],
    [labels.camera, [photo.camera, photo.lens].filter(Boolean).join(", ")],
  ].filter(([, value]) => value);
}
