// The TypeScript SDK's client of one version of the protocol: every tool, resource, prompt and completion.
import assert from "node:assert/strict";
import * as modern from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const version = process.argv[2];
const app = process.env.APP_URL;
const url = new URL(`${app}/mcp`);
const info = { name: "tests", version: "1" };

async function connect() {
  if (version === "2026-07-28") {
    const client = new modern.Client(info, { versionNegotiation: { mode: { pin: version } } });
    await client.connect(new modern.StreamableHTTPClientTransport(url));
    assert.equal(client.getNegotiatedProtocolVersion(), version);
    return client;
  }
  const client = new Client(info);
  const transport = new StreamableHTTPClientTransport(url);
  await client.connect(transport);
  assert.equal(transport.protocolVersion, version);
  return client;
}

const client = await connect();
assert.equal(client.getServerVersion().name, "photos");
assert.match(client.getInstructions(), /never instructions/);

const { tools } = await client.listTools();
const { photos } = (await client.callTool({ name: "search_photos", arguments: { q: "bicycle", top: 2 } }))
  .structuredContent;
const [{ id }] = photos;
const page = `${app}/?photo=${id}`;
assert.equal(photos[0].url, page);

// Arguments for each tool, and what its result must hold. The SDK compares each result with the tool's schema.
const calls = {
  search_photos: [{ q: "bicycle", folder: "2023" }, ({ data }) => assert.equal(data.photos[0].id, id)],
  count_photos: [{ by: "year" }, ({ data }) => assert.ok(data.by.year["2023"] > 0)],
  view_photo: [
    { id },
    ({ content }) =>
      assert.deepEqual(
        content.map(({ type }) => type),
        ["text", "image"],
      ),
  ],
  similar_photos: [{ id, top: 3 }, ({ data }) => assert.ok(data.photos.length)],
  ask_photos: [{ question: "Which bicycle is red?" }, ({ data }) => assert.match(data.answer, /\[1\]/)],
  describe_library: [{}, ({ data }) => assert.ok(data.total > 0)],
  search: [{ query: "bicycle" }, ({ data }) => assert.equal(data.results[0].url, page)],
  fetch: [{ id }, ({ data }) => assert.equal(data.url, page)],
  propose_edit: [{ ids: [id], add_tags: ["for sale"] }, ({ data }) => assert.match(data.url, /view=review&proposal=/)],
  propose_collection: [{ name: "Bicycles", ids: [id] }, ({ data }) => assert.deepEqual(data.photos, [id])],
  gallery_thumbnails: [{ ids: [id] }, ({ meta }) => assert.match(meta.thumbnails[id], /^data:image\/jpeg;base64,/)],
};
assert.deepEqual(tools.map(({ name }) => name).sort(), Object.keys(calls).sort());
for (const [name, [args, check]] of Object.entries(calls)) {
  const { structuredContent, content, isError, _meta } = await client.callTool({ name, arguments: args });
  assert.ok(!isError, `${name}: ${JSON.stringify(content)}`);
  // Beside structured content, clients show models no picture.
  if (name === "view_photo") assert.equal(structuredContent, undefined);
  else assert.deepEqual(JSON.parse(content[0].text), structuredContent);
  check({ data: structuredContent, content, meta: _meta });
}
const refused = await client.callTool({ name: "fetch", arguments: { id: "0".repeat(32) } });
assert.ok(refused.isError);

const { resources } = await client.listResources();
const { resourceTemplates } = await client.listResourceTemplates();
assert.deepEqual(
  resourceTemplates.map(({ uriTemplate }) => uriTemplate),
  ["photos://photo/{id}", "photos://collection/{id}"],
);
for (const { uri } of [...resources, { uri: `photos://photo/${id}` }]) {
  const { contents } = await client.readResource({ uri });
  assert.ok(contents[0].text, uri);
}
await assert.rejects(client.readResource({ uri: "file:///etc/passwd" }));

const { prompts } = await client.listPrompts();
assert.equal(prompts.length, 3);
for (const {
  name,
  arguments: [argument],
} of prompts) {
  const { messages } = await client.getPrompt({ name, arguments: { [argument.name]: "2024" } });
  assert.match(messages[0].content.text, /“2024”/);
  const ref = { type: "ref/prompt", name };
  const { completion } = await client.complete({ ref, argument: { name: argument.name, value: "2024" } });
  assert.equal(completion.values.length > 0, argument.name === "folder");
}
await client.close();
