// Real calls of the official JavaScript client; what it got is printed as JSON for the test.
// Usage: node openai_client.mjs BASE_URL TOKEN
import { createReadStream } from "node:fs";

import OpenAI from "openai";

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const ask = (model, more = {}) =>
  client.chat.completions.create({
    model,
    messages: [{ role: "user", content: "one two" }],
    ...more,
  });

const seen = {};
seen.models = (await client.models.list()).data.map((model) => model.id);

const whole = await ask("echo");
seen.whole = { content: whole.choices[0].message.content, tokens: whole.usage.total_tokens };

seen.streamed = "";
for await (const chunk of await ask("echo", { stream: true, stream_options: { include_usage: true } })) {
  seen.streamed += chunk.choices[0]?.delta?.content ?? "";
  seen.streamTokens = chunk.usage?.total_tokens ?? seen.streamTokens;
}

const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
const called = await ask("echo", { tools });
seen.tool = called.choices[0].message.tool_calls[0].function;

const speech = new URL("../../documents/tests/data/speech.ogg", import.meta.url);
const heard = await client.audio.transcriptions.create({
  model: "whisper-1",
  file: createReadStream(speech),
});
seen.heard = heard.text;

seen.errors = {};
for (const model of ["no-such-model", "fault-429", "fault-context", "fault-401"]) {
  try {
    await ask(model, { stream: true });
  } catch (error) {
    seen.errors[model] = error.constructor.name;
  }
}

console.log(JSON.stringify(seen));
