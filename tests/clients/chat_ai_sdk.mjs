// Vercel's AI SDK with both of its providers: text, streams, objects, tools of its own, sources.
import assert from "node:assert/strict";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const settings = { baseURL: `${process.env.APP_URL}/v1`, apiKey: "any" };
const openai = createOpenAI(settings);
const compatible = createOpenAICompatible({ ...settings, name: "photos", supportsStructuredOutputs: true });
const models = {
  responses: openai.responses("photos"),
  chat: openai.chat("photos"),
  compatible: compatible("photos"),
};
const schema = z.object({ answer: z.string(), photos: z.array(z.object({ title: z.string(), path: z.string() })) });
const weather = tool({
  description: "The weather in a town",
  inputSchema: z.object({ town: z.string() }),
  execute: async ({ town }) => `Rain on ${town}.`,
});

for (const [name, model] of Object.entries(models)) {
  const prompt = "a red bicycle on the beach";
  const whole = await generateText({ model, prompt });
  assert.match(whole.text, /\[1\]/, name);
  if (name !== "compatible") assert.match(whole.sources[0].url, /\?photo=/, name);

  const stream = streamText({ model, prompt });
  let text = "";
  for await (const piece of stream.textStream) text += piece;
  assert.equal(text, whole.text, name);

  const { object } = await generateObject({ model, schema, prompt });
  assert.equal(object.photos[0].path, "2023/summer/IMG_1001.jpg", name);

  const question = { model, prompt: "What is the weather in Bergen?", tools: { get_weather: weather } };
  const answer = await generateText({ ...question, stopWhen: stepCountIs(3) });
  assert.match(answer.text, /Rain on/, name);
  assert.match(await streamText({ ...question, stopWhen: stepCountIs(3) }).text, /Rain on/, name);
}
