/** The photos that a tool has found, by the protocol of MCP Apps (2026-01-26): messages to and from the host's window. */

const PADDING = 12;
const UNKNOWN_METHOD = -32601;
const TEXTS = {
  en: {
    searching: "Looking for photos…",
    one: (total) => `${total} photo`,
    all: (total) => `${total} photos`,
    some: (shown, total) => `${shown} of ${total} photos`,
    none: "No photos found",
    failed: (reason) => `This did not work: ${reason}`,
    cancelled: "The search was stopped",
    notOpened: (url) => `The photo was not opened. Its address is ${url}`,
  },
  de: {
    searching: "Fotos werden gesucht…",
    one: (total) => `${total} Foto`,
    all: (total) => `${total} Fotos`,
    some: (shown, total) => `${shown} von ${total} Fotos`,
    none: "Keine Fotos gefunden",
    failed: (reason) => `Das hat nicht geklappt: ${reason}`,
    cancelled: "Die Suche wurde abgebrochen",
    notOpened: (url) => `Das Foto wurde nicht geöffnet. Seine Adresse ist ${url}`,
  },
  fr: {
    searching: "Recherche de photos…",
    one: (total) => `${total} photo`,
    all: (total) => `${total} photos`,
    some: (shown, total) => `${shown} sur ${total} photos`,
    none: "Aucune photo trouvée",
    failed: (reason) => `Une erreur s’est produite : ${reason}`,
    cancelled: "La recherche a été interrompue",
    notOpened: (url) => `La photo n’a pas été ouverte. Son adresse est ${url}`,
  },
  es: {
    searching: "Buscando fotos…",
    one: (total) => `${total} foto`,
    all: (total) => `${total} fotos`,
    some: (shown, total) => `${shown} de ${total} fotos`,
    none: "No se encontraron fotos",
    failed: (reason) => `Se ha producido un error: ${reason}`,
    cancelled: "La búsqueda se ha cancelado",
    notOpened: (url) => `La foto no se ha abierto. Su dirección es ${url}`,
  },
};
const root = document.documentElement;
const list = document.querySelector("#photos");
const waiting = new Map();
let last = 0;
let height = 0;
let language = "en";
let summary = (texts) => texts.searching;

function send(message) {
  window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
}
function notify(method, params = {}) {
  send({ method, params });
}
function request(method, params) {
  const id = ++last;
  send({ id, method, params });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

function say(text = summary) {
  summary = text;
  document.querySelector("#summary").textContent = summary(TEXTS[language]);
}

function count(shown, total) {
  const number = (value) => new Intl.NumberFormat(language).format(value);
  return (texts) => {
    if (!total) return texts.none;
    if (shown < total) return texts.some(number(shown), number(total));
    const isOne = new Intl.PluralRules(language).select(total) === "one";
    return (isOne ? texts.one : texts.all)(number(total));
  };
}

function adapt({ theme, locale, styles, safeAreaInsets: insets } = {}) {
  if (theme) root.dataset.theme = theme;
  for (const [name, value] of Object.entries(styles?.variables ?? {})) {
    if (value) root.style.setProperty(name, value);
  }
  if (insets) {
    const sides = [insets.top, insets.right, insets.bottom, insets.left];
    document.body.style.padding = sides.map((side) => `${PADDING + (side || 0)}px`).join(" ");
  }
  if (!locale) return;
  const wanted = locale.slice(0, 2).toLowerCase();
  language = root.lang = Object.hasOwn(TEXTS, wanted) ? wanted : "en";
  say();
}

async function open(url) {
  const isDone = await request("ui/open-link", { url }).then(
    (result) => !result?.isError,
    () => false,
  );
  if (!isDone) say((texts) => texts.notOpened(url));
}

function tile(photo) {
  const title = photo.title || photo.path.split("/").pop();
  const picture = document.createElement("img");
  Object.assign(picture, { className: "picture", alt: "", width: 168, height: 168 });
  picture.dataset.id = photo.id;
  const name = document.createElement("span");
  Object.assign(name, { className: "title", dir: "auto", textContent: title });
  const button = document.createElement("button");
  button.title = photo.caption || photo.path;
  button.append(picture, name);
  button.addEventListener("click", () => open(photo.url));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function showThumbnails(thumbnails = {}) {
  for (const picture of list.querySelectorAll("img")) {
    const data = thumbnails[picture.dataset.id];
    if (typeof data === "string" && data.startsWith("data:image/jpeg;base64,")) picture.src = data;
  }
}

async function show({ isError, content = [], structuredContent: facts = {}, _meta: meta = {} }) {
  const photos = (!isError && facts.photos) || [];
  list.replaceChildren(...photos.map(tile));
  const reason = content.find((each) => each.type === "text")?.text ?? "";
  say(isError ? (texts) => texts.failed(reason) : count(photos.length, Math.max(facts.total ?? 0, photos.length)));
  if (!photos.length || meta.thumbnails) return showThumbnails(meta.thumbnails);
  const ids = photos.map((each) => each.id);
  const answer = await request("tools/call", { name: "gallery_thumbnails", arguments: { ids } });
  showThumbnails(answer._meta?.thumbnails);
}

// A host sizes the frame by it.
function tellHeight() {
  if (root.offsetHeight === height) return;
  height = root.offsetHeight;
  notify("ui/notifications/size-changed", { height });
}

const notifications = {
  // Without the thumbnails, which a host need not fetch for us, the photos can still be opened.
  "ui/notifications/tool-result": (params) => show(params).catch(() => {}),
  "ui/notifications/tool-cancelled": () => say((texts) => texts.cancelled),
  "ui/notifications/host-context-changed": adapt,
};
const requests = { ping: {}, "ui/resource-teardown": {} };

function answer(id, method) {
  if (Object.hasOwn(requests, method)) send({ id, result: requests[method] });
  else send({ id, error: { code: UNKNOWN_METHOD, message: "There is no such method" } });
}

window.addEventListener("message", ({ source, data }) => {
  if (source !== window.parent || data?.jsonrpc !== "2.0") return;
  if (data.method && data.id !== undefined) answer(data.id, data.method);
  else if (data.method) Object.hasOwn(notifications, data.method) && notifications[data.method](data.params);
  else if (waiting.has(data.id)) {
    const { resolve, reject } = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error) reject(new Error(data.error.message));
    else resolve(data.result);
  }
});

say();
request("ui/initialize", {
  appInfo: { name: "photos-gallery", version: "1" },
  appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
  protocolVersion: "2026-01-26",
}).then(({ hostContext }) => {
  adapt(hostContext);
  notify("ui/notifications/initialized");
  new ResizeObserver(tellHeight).observe(root);
});
