/**
 * Loaded into Azurite before it starts: faults on demand, by `POST /__faults` to its blob port; `DELETE` ends them.
 *
 * A fault is JSON: {"kind": "full" | "throttled" | "slow", "rate": 0.5, "seconds": 2, "for": 10}. While the disk is
 * full, what is new cannot be written, and what is there can be read and deleted. `rate` is how many requests of all it
 * affects, `seconds` how late a slow one is answered, and `for` how many seconds it stays.
 */
const { randomUUID } = require("node:crypto");
const http = require("node:http");

const WRITES = new Set(["PUT", "POST"]);
const ERRORS = {
  full: [500, "InternalError", "There is not enough space on the disk."],
  throttled: [503, "ServerBusy", "The server is busy."],
};
const emit = http.Server.prototype.emit;
let faults = [];

http.Server.prototype.emit = function emitWithFaults(event, ...values) {
  if (event !== "request") return emit.call(this, event, ...values);
  const [request, response] = values;
  if (request.url === "/__faults") {
    control(request, response);
    return true;
  }
  faults = faults.filter(({ until }) => Date.now() < until);
  const fault = faults.find((each) => affects(each, request));
  if (fault?.kind === "slow") {
    setTimeout(() => emit.call(this, event, ...values), fault.seconds * 1000);
    return true;
  }
  if (!fault) return emit.call(this, event, ...values);
  refuse(request, response, ERRORS[fault.kind]);
  return true;
};

function affects({ kind, rate }, { method }) {
  return (kind !== "full" || WRITES.has(method)) && Math.random() < rate;
}

function refuse(request, response, [status, code, message]) {
  request.resume().on("end", () => {
    const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
    const headers = { "Content-Type": "application/xml", "x-ms-error-code": code, "x-ms-request-id": randomUUID() };
    response.writeHead(status, headers).end(body);
  });
}

function control(request, response) {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    if (request.method === "POST") {
      const { kind, rate = 1, seconds = 0, for: duration } = JSON.parse(body);
      faults.push({ kind, rate, seconds, until: Date.now() + duration * 1000 });
    } else faults = [];
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(faults));
  });
}
