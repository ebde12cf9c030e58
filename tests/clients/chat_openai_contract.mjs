// The openai package for Node beyond plain answers: streaming helper, tools of its own, responses.
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.env.APP_URL}/v1`, apiKey: "any" });
const bicycle = [{ role: "user", content: "a red bicycle on the beach" }];

const final = await client.chat.completions.stream({ model: "photos", messages: bicycle }).finalMessage();
assert.match(final.content, /\[1\]/);

const tools = [
  {
    type: "function",
    function: {
      name: "get_weather",
      description: "The weather in a town",
      parameters: { type: "object", properties: { town: { type: "string" } }, required: ["town"] },
      parse: JSON.parse,
      function: ({ town }) => `Rain on ${town}.`,
    },
  },
];
const weather = [{ role: "user", content: "What is the weather in Bergen?" }];
for (const stream of [false, true]) {
  const runner = client.chat.completions.runTools({ model: "photos", messages: weather, tools, stream });
  assert.match(await runner.finalContent(), /Rain on/);
}

const response = await client.responses.create({ model: "photos", input: "a red bicycle on the beach" });
assert.match(response.output_text, /\[1\]/);
assert.match(response.output[0].content[0].annotations[0].url, /\?photo=/);
const streamed = await client.responses
  .stream({ model: "photos", input: "a red bicycle on the beach" })
  .finalResponse();
assert.equal(streamed.output_text, response.output_text);
