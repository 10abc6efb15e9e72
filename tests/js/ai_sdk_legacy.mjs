// What useChat of the AI SDK's versions 3 and 4 does with an API: one question, then a follow-up.
// Usage: node ai_sdk_legacy.mjs API TOKEN
import * as three from "ai-sdk-ui-utils-3";
import * as four from "ai-sdk-ui-utils-4";

const [api, token] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}` };

// Version 3 hands over all new messages, version 4 the one that grows.
function ask(sdk, body) {
  return new Promise((resolve, reject) => {
    let last;
    sdk.callChatApi({
      api, body, headers, generateId: sdk.generateId, restoreMessagesOnFailure() {},
      lastMessage: body.messages.at(-1),
      onUpdate(update, ...rest) {
        last = Array.isArray(update) ? update.at(-1) : update.message;
      },
      onFinish(message) { last = message ?? last; },
      onToolCall: undefined,
    }).then(() => resolve(last), reject);
  });
}

const seen = {};
// Version 3 sends no name for the chat; 4 does, and knows parts beside the content.
const first = { role: "user", content: "one two" };
const whole = await ask(three, { messages: [first], collections: [] });
seen.three = whole.content;
seen.followUp = (await ask(three, {
  messages: [first, { role: "assistant", content: whole.content }, { role: "user", content: "three" }],
  collections: [], data: { imageUrl: null },
})).content;

const named = { id: `chat-${process.pid}`, collections: [] };
const question = { id: "m1", role: "user", content: "four", parts: [{ type: "text", text: "four" }], createdAt: new Date() };
const answer = await ask(four, { ...named, messages: [question] });
seen.four = answer.content;
seen.notes = Object.keys(answer.annotations[0]);
const next = { id: "m2", role: "user", content: "five", createdAt: new Date() };
seen.next = (await ask(four, { ...named, messages: [question, answer, next] })).content;
seen.again = (await ask(four, { ...named, messages: [question, answer, next] })).content;
try {
  await ask(four, { ...named, id: "bad", model: "fault-401", messages: [question] });
} catch (error) {
  seen.failed = error.message;
}
console.log(JSON.stringify(seen));
