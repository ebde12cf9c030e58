/**
 * Loaded into Azurite before it starts: lets it read batches of the Python SDK, which deletes several blobs in one request.
 *
 * Azurite takes what lies between the first two equals signs of the content type for the boundary of the parts. The
 * SDK's boundary begins with equals signs, so nothing was left of it, and every batch was refused.
 */
const { Readable } = require("node:stream");
const { text } = require("node:stream/consumers");

const ContainerHandler = require("azurite/dist/src/blob/handlers/ContainerHandler").default;

const BOUNDARY = "batch_of_requests";
const submitBatch = ContainerHandler.prototype.submitBatch;

ContainerHandler.prototype.submitBatch = async function submitReadableBatch(body, length, type, options, context) {
  const { request } = context;
  const header = request.getHeader.bind(request);
  const boundary = header("content-type").split("boundary=")[1];
  request.getHeader = (name) =>
    name.toLowerCase() === "content-type" ? `multipart/mixed; boundary=${BOUNDARY}` : header(name);
  const parts = Readable.from([(await text(body)).replaceAll(`--${boundary}`, `--${BOUNDARY}`)]);
  return submitBatch.call(this, parts, length, type, options, context);
};
