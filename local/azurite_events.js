/**
 * Loaded into Azurite beside the guard: tells the Event Grid stand-in, at EVENT_GRID_URL, what clients did with blobs.
 *
 * Azurite has no events of its own. What it answers with success is reported in that order, as Event Grid is told by
 * storage: blobs written, copied, deleted or moved to another tier, but not metadata, containers or snapshots.
 */
const http = require("node:http");

const blobPort = Number(process.argv[process.argv.indexOf("--blobPort") + 1]);
const target = new URL("/storage-operations", process.env.EVENT_GRID_URL);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 }); // one connection keeps the order
const ATTEMPTS = 5;
const emit = http.Server.prototype.emit;

http.Server.prototype.emit = function observedEmit(event, ...values) {
  const [request, response] = values;
  if (event === "request" && request.socket.localPort === blobPort) {
    const operation = operationOf(request);
    if (operation) response.once("finish", () => report(operation, request, response));
  }
  return emit.call(this, event, ...values);
};

/** The operation as Event Grid names it; null if it makes no event. */
function operationOf({ headers, method, url }) {
  const { pathname, searchParams } = new URL(url, "http://storage");
  if (pathname.split("/").length < 4 || searchParams.has("snapshot")) return null;
  const comp = searchParams.get("comp");
  if (method === "DELETE" && !comp) return "DeleteBlob";
  if (method !== "PUT") return null;
  if (comp === "blocklist") return "PutBlockList";
  if (comp === "tier") return "SetBlobTier";
  if (comp || searchParams.has("restype")) return null;
  return headers["x-ms-copy-source"] && !headers["x-ms-blob-type"] ? "CopyBlob" : "PutBlob";
}

function report(api, request, response) {
  if (response.statusCode < 200 || response.statusCode > 299) return;
  const body = JSON.stringify({
    api,
    address: `http://${request.headers.host}${request.url.split("?")[0]}`,
    etag: response.getHeader("etag"),
    contentType: request.headers["x-ms-blob-content-type"],
    contentLength: Number(request.headers["content-length"] ?? 0),
    blobType: request.headers["x-ms-blob-type"],
    requestId: response.getHeader("x-ms-request-id"),
    clientRequestId: request.headers["x-ms-client-request-id"],
  });
  tell(api, body);
}

function tell(api, body, attempt = 1) {
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  http
    .request(target, { method: "POST", agent, headers }, (answer) => answer.resume())
    .on("error", (error) => {
      // The other end may close a kept connection just when it is used again.
      if (error.code === "ECONNRESET" && attempt < ATTEMPTS) tell(api, body, attempt + 1);
      else console.error(`no event of ${api}: ${error.message}`);
    })
    .end(body);
}
