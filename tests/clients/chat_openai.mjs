// The openai package for Node: whole and streamed answers, and an error.
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.env.APP_URL}/v1`, apiKey: "any" });
const messages = [{ role: "user", content: "a red bicycle on the beach" }];

const whole = await client.chat.completions.create({ model: "photos", messages });
assert.match(whole.choices[0].message.content, /\[1\]/);
assert.equal(whole.choices[0].message.context.citations[0].path, "2023/summer/IMG_1001.jpg");

let text = "";
const stream = await client.chat.completions.create({ model: "photos", messages, stream: true });
for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
assert.equal(text, whole.choices[0].message.content);

await assert.rejects(client.chat.completions.create({ model: "gpt-99", messages }), (error) => {
  return error.status === 400 && error.param === "model";
});
