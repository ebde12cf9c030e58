/** Builds the page out of its parts. */

import "./library/firstSearch.js"; // which has run by now, unless this was faster
import { AccountMenu } from "./account.js";
import { connection } from "./api.js";
import { ChatPanel } from "./chat/chatPanel.js";
import { button, h } from "./dom.js";
import { KeyPrompt } from "./keyPrompt.js";
import { LazyView } from "./lazyView.js";
import { LibraryView } from "./library/libraryView.js";
import { searchBox } from "./library/searchBox.js";
import { SearchResults } from "./library/searchResults.js";
import { forgetLastView, tellCaller } from "./offline/offline.js";
import { OfflineBanner } from "./offline/offlineBanner.js";
import { registerServiceWorker } from "./offline/serviceWorker.js";
import { PhotoOpener } from "./photo/photoOpener.js";
import { loadRights } from "./rights.js";
import { showShortcuts } from "./shortcuts/shortcutHelp.js";
import { addShortcuts, listenToShortcuts } from "./shortcuts/shortcuts.js";
import { SignInPrompt } from "./signIn.js";
import { StatusMonitor } from "./status/statusMonitor.js";
import { LANGUAGE, strings } from "./strings.js";
import { mountToasts } from "./toast.js";
import { AddPhotosMenu } from "./uploads/addPhotosMenu.js";
import { DropTarget } from "./uploads/dropTarget.js";
import { Uploads } from "./uploads/uploads.js";
import { state } from "./urlState.js";
import { RATING_KEYS } from "./wall/ratings.js";

// A task of its own, so that a slow phone has a moment between reading the scripts and building the page.
await new Promise((resolve) => setTimeout(resolve));
document.documentElement.lang = LANGUAGE;
document.title = strings.title;

const results = new SearchResults();
const library = new LibraryView(results, (id, photos) => photo.open(id, photos), {
  chooseFiles: () => addPhotos.chooseFiles(),
  chooseFolder: () => addPhotos.chooseFolder(),
});
const photo = new PhotoOpener(results, (id) => library.grid.focusPhoto(id));
const uploads = new Uploads(library.element, (table) => library.exports.bringBack(table));
const addPhotos = new AddPhotosMenu(uploads);
const status = new StatusMonitor(library, uploads, results);
const chat = new ChatPanel({ openPhoto: (id, photos) => photo.open(id, photos), onApplied: () => library.refresh() });

const chatButton = button(strings.openChat, {
  icon: "chat",
  id: "chat-button",
  "aria-expanded": "false",
  onclick: () => chat.toggle(),
});
chat.bindTo(chatButton);
const skipToPhotos = (event) => {
  event.preventDefault();
  library.focus();
};

const focusSearch = () => document.getElementById("q").select();

const account = new AccountMenu();
const header = document.getElementById("header");
header.querySelector("#brand span").textContent = strings.title;
header.append(
  searchBox((q, how) => library.search(q, how)),
  h("div", { id: "actions" }, status.button, addPhotos.element, chatButton, account.element),
);
document.body.prepend(h("a", { class: "skip-link", href: "#scroller", onclick: skipToPhotos }, strings.skip));
document.getElementById("content").replaceChildren(library.element, chat.element);
mountToasts();
new DropTarget(uploads, chat);
new OfflineBanner(library, results);
for (const refusal of ["locked", "signed-out", "no-role"]) connection.addEventListener(refusal, forgetLastView);
const keyPrompt = new KeyPrompt(connection);
const signIn = new SignInPrompt(connection, {
  useKey: () => keyPrompt.show(),
  onSignedIn: () => {
    showCaller();
    library.refresh();
  },
});
addShortcuts(strings.shortcutGroups.page, [
  { keys: ["/"], text: strings.searchHint, run: focusSearch },
  { keys: ["?"], text: strings.shortcuts, run: showShortcuts },
]);
addShortcuts(strings.shortcutGroups.photos, [
  { keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], text: strings.moveBetweenPhotos },
  { keys: ["Enter"], text: strings.openFocused },
  ...RATING_KEYS,
]);
addShortcuts(strings.shortcutGroups.photo, [
  { keys: ["ArrowLeft", "ArrowRight"], text: strings.moveBetweenPhotos },
  { keys: ["+", "-"], text: strings.zoomKeys },
  ...RATING_KEYS,
  { keys: ["Delete"], text: strings.delete },
  { keys: ["Escape"], text: strings.close },
]);
listenToShortcuts();
const showCaller = async () => {
  const me = await loadRights();
  account.show(me);
  if (me) signIn.rememberWork();
  tellCaller(me);
};
showCaller();
connection.addEventListener("online", showCaller);

// What is asked first is answered first: photos before counts.
library.search(state.q).finally(() => {
  status.start();
  library.jobs.start();
  registerServiceWorker(results, library.element);
});
photo.followUrl();

const review = new LazyView("review", async () => {
  const { ReviewDialog } = await import("./review/reviewDialog.js");
  return new ReviewDialog(
    (id, photos) => photo.open(id, photos),
    () => library.refresh(),
  );
});
review.followUrl();
library.views.followUrl();
