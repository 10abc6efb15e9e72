// The transport behind the AI SDK's useChat: a question, a cut, a resumption, a second question.
// Usage: node ai_sdk.mjs API TOKEN
import { DefaultChatTransport, readUIMessageStream } from "ai";

const [api, token] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}` };
const transport = new DefaultChatTransport({ api, headers });

const said = (id, text) => ({ id, role: "user", parts: [{ type: "text", text }] });
const send = (chatId, messages, body = {}, abortSignal) =>
  transport.sendMessages({ chatId, messages, trigger: "submit-message", body, abortSignal });

async function read(stream) {
  let message;
  for await (message of readUIMessageStream({ stream })) continue;
  return message;
}
const textOf = (message) => message.parts.filter((p) => p.type === "text").map((p) => p.text).join("");

const seen = {};
const chat = `chat-${process.pid}`;
const first = said("m1", "one two");
const answer = await read(await send(chat, [first], { collections: [] }));
seen.answer = textOf(answer);
seen.parts = answer.parts.map((part) => part.type);

const second = said("m2", "three");
const again = await read(await send(chat, [first, answer, second], { collections: [] }));
seen.second = textOf(again);

seen.idle = await transport.reconnectToStream({ chatId: chat });

// Read a little of a long answer, hang up, and come back for the whole of it.
const cut = new AbortController();
const other = `${chat}-cut`;
const long = await send(other, [said("m1", "count")], { model: "count-100-10", collections: [] }, cut.signal);
const reader = long.getReader();
for (let chunks = 0; chunks < 5; chunks += 1) await reader.read();
cut.abort();
await reader.read().catch(() => {});
const resumed = await transport.reconnectToStream({ chatId: other });
seen.resumed = textOf(await read(resumed)).trim().split(" ").length;

for await (const chunk of await send(`${chat}-bad`, [said("m1", "hello")], { model: "fault-401" })) {
  if (chunk.type === "error") seen.failed = chunk.errorText;
}
try {
  await send(`${chat}-bad`, [said("m1", "hello")], { model: "no-such-model" });
} catch (error) {
  seen.refused = JSON.parse(error.message).error.code;
}

console.log(JSON.stringify(seen));
