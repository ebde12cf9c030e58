/** The page, put together. */

import { news } from "./api.js";
import { Chat } from "./chat.js";
import { Deletion } from "./deletion.js";
import { button, h } from "./dom.js";
import { Doorway } from "./doorway.js";
import { Drop } from "./drop.js";
import { takeKey } from "./keys.js";
import { Library } from "./library.js";
import { PhotoView } from "./photo.js";
import { searchBox } from "./search.js";
import { Shelf } from "./shelf.js";
import { state } from "./state.js";
import { Status } from "./status.js";
import { LANGUAGE, words } from "./strings.js";
import { mountToasts } from "./toast.js";
import { Tray } from "./tray.js";
import { Uploads } from "./uploads.js";

takeKey();
document.documentElement.lang = LANGUAGE;
document.title = words.title;

const library = new Library();
const deletion = new Deletion(library);
const shelf = new Shelf(
  library,
  (id) => photo.open(id),
  () => tray.choose(),
);
const photo = new PhotoView(library, deletion, (id) => shelf.grid.focusPhoto(id));
const uploads = new Uploads();
const tray = new Tray(uploads);
const status = new Status(shelf, uploads);
const chat = new Chat({ openPhoto: (id, photos) => photo.open(id, photos) });

const ask = button(words.openChat, { icon: "chat", id: "ask", "aria-expanded": "false", onclick: () => chat.toggle() });
chat.boundTo(ask);
const skip = h(
  "a",
  { class: "skip", href: "#scroller", onclick: (event) => (event.preventDefault(), shelf.focus()) },
  words.skip,
);

const header = document.getElementById("top");
header.querySelector("#brand span").textContent = words.title;
header.append(
  searchBox((q, mode) => shelf.search(q, mode)),
  h("div", { id: "actions" }, status.pill, tray.menu, ask),
);
document.body.prepend(skip);
document.getElementById("middle").replaceChildren(shelf.element, chat.element);
document.body.append(tray.element);
mountToasts();
new Drop(uploads, chat);
new Doorway(news, shelf);

shelf.search(state.q);
if (state.photo) photo.follow();
status.begin();
