/**
 * Loaded into Azurite before it starts: keeps a signal to stop that comes too early for it, and refuses what a web page of somebody else makes its visitor's browser send.
 *
 * The key of the emulator is the same everywhere, so any page could sign requests. One whose name is pointed at this
 * machine (DNS rebinding) could read all photos, and one of another origin could write messages or take them out of
 * their queues. Programs on this machine are not refused: to them the well-known key means what it always means.
 */
const http = require("node:http");

const READS = new Set(["GET", "HEAD"]);
const queuePort = Number(process.argv[process.argv.indexOf("--queuePort") + 1]);
const emit = http.Server.prototype.emit;

for (const signal of ["SIGINT", "SIGTERM"]) keepUntilHandled(signal);

http.Server.prototype.emit = function guardedEmit(event, ...values) {
  const [request, response] = values;
  const reason = event === "request" ? refusal(request) : null;
  if (!reason) return emit.call(this, event, ...values);
  response.writeHead(403, { "Content-Type": "text/plain", Connection: "close" }).end(`${reason}\n`);
  return true;
};

/** Azurite listens before it handles signals: one that came in between would end it with its data not written down. */
function keepUntilHandled(signal) {
  let early = false;
  process.on(signal, () => {
    early = true;
  });
  process.on("newListener", (event) => {
    if (event === signal && early) setImmediate(() => process.emit(signal));
  });
}

/** Why a request must be refused; null if it comes from this machine. Pages may show pictures of ours, by a link. */
function refusal({ headers, method, socket }) {
  if (!isThisMachine(`http://${headers.host}`)) return "This host is not allowed here.";
  if (headers.origin !== undefined && !isThisMachine(headers.origin))
    return "A page of this origin is not allowed here.";
  const site = headers["sec-fetch-site"] ?? "none";
  const isPicture = READS.has(method) && socket.localPort !== queuePort;
  return site === "none" || site === "same-origin" || isPicture ? null : "A page of another site is not allowed here.";
}

function isThisMachine(url) {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}
