// The names of the headers that the official client sends, by call, printed as JSON for the test.
import OpenAI from "openai";

const calls = {};
let current = "";
const note = async (url, { method, headers }) => {
  calls[current] ??= { method, path: new URL(url).pathname, headers: [] };
  calls[current].headers = [...new Set([...calls[current].headers, ...new Headers(headers).keys()])];
  return new Response("{}", { status: 500, headers: { "content-type": "application/json" } });
};
const client = new OpenAI({
  baseURL: "http://site.example/v1",
  apiKey: "key",
  organization: "org",
  project: "project",
  maxRetries: 1,
  timeout: 5000,
  fetch: note,
});
const body = { model: "m", messages: [{ role: "user", content: "hi" }] };
const made = {
  models: () => client.models.list(),
  model: () => client.models.retrieve("m"),
  whole: () => client.chat.completions.create(body),
  idempotent: () => client.chat.completions.create(body, { idempotencyKey: "once" }),
  streamed: () => client.chat.completions.create({ ...body, stream: true }),
  helped: () => client.chat.completions.stream(body).finalMessage(),
  embeddings: () => client.embeddings.create({ model: "m", input: "hi" }),
  transcription: () =>
    client.audio.transcriptions.create({ model: "m", file: new File(["x"], "a.ogg") }),
};
for (const [name, call] of Object.entries(made)) {
  current = name;
  await call().catch(() => {});
}
console.log(JSON.stringify(calls));
