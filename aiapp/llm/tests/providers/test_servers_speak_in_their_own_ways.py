"""Servers that speak OpenAI's protocol their own way: each answer is complete, or one right error.

The ways are those of public bug reports; docs/models.md has the same table in words. The server
leaves connections open for as long as the client wants, so an answer whose end is not understood
costs the test its whole patience and fails.
"""

import gzip
import json
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_django import Settings

from aiapp.llm import vendors
from aiapp.llm.base import AllWasThought, End, Piece, Prompt, Reasoning, Text, ToolCall
from aiapp.llm.errors import ModelError
from aiapp.llm.tests.scripted_server import (
    DONE,
    HELLO,
    STREAM,
    Answer,
    delta,
    event,
    finish,
    refusal,
    running,
    usage,
)

TEXT = "Hello world"
QUESTION = [{"role": "user", "content": "Say hello"}]
WHOLE = {
    "id": "1",
    "object": "chat.completion",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2},
}
HALVES = json.dumps("😀")[1:-1]
WEATHER = ("weather", {"place": "Seoul"})
TIME = ("time", {"zone": "KST"})


@dataclass(frozen=True)
class Way:
    name: str
    answer: Answer
    text: str = TEXT
    thoughts: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    reason: str = "stop"
    # The code of the error that follows, if one does.
    error: str = ""
    usage: tuple[int, int] | None = None


def stream(*parts: bytes, end: str = "whole", **headers: str) -> Answer:
    return Answer(parts, 200, STREAM | headers, end)


def whole(value: Any, content_type: str = "application/json") -> Answer:
    sent = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Answer((sent,), 200, {"Content-Type": content_type})


def calls(*parts: dict[str, Any], reason: str = "tool_calls") -> Answer:
    return stream(*(delta(tool_calls=[part]) for part in parts), finish(reason), DONE)


def call(n: int | None, name: str | None, arguments: Any, call_id: str | None = None) -> Any:
    function = {"name": name, "arguments": arguments}
    part = {"index": n, "id": call_id, "type": "function"}
    return {k: v for k, v in part.items() if v is not None} | {
        "function": {k: v for k, v in function.items() if v is not None}
    }


SEOUL, KST = json.dumps(WEATHER[1]), json.dumps(TIME[1])

ENDS = [
    Way("OpenAI", stream(HELLO, finish(), usage(3, 2), DONE), usage=(3, 2)),
    Way("[DONE] and the connection left open", stream(HELLO, finish(), DONE, end="open")),
    Way("[DONE] without a finish reason", stream(HELLO, DONE)),
    Way("[DONE] without a finish reason, left open", stream(HELLO, DONE, end="open")),
    Way("a finish reason and then silence", stream(HELLO, finish(), end="open")),
    Way("a finish reason and a reset", stream(HELLO, finish(), end="cut")),
    Way("a finish reason without [DONE]", stream(HELLO, finish())),
    Way("an orderly end and no word of it", stream(HELLO), reason="unknown"),
    Way("a finish reason that is null to the end", stream(HELLO, finish(None)), reason="unknown"),
    Way("a connection that breaks", stream(HELLO, end="cut"), error="broken_answer"),
    Way("figures without choices", stream(HELLO, finish(), event({"usage": {}}), DONE)),
    Way("choices that are null", stream(event({"choices": None}), HELLO, finish(), DONE)),
    Way("two finish reasons", stream(HELLO, finish(), finish(), DONE)),
    Way("the last words with the finish reason", stream(delta(content="Hello"),
        finish(content=" world"), DONE, end="open")),
    Way("a finish reason with each word", stream(finish(content="Hello"),
        finish(content=" world"), DONE)),
    Way("Mistral: model_length", stream(HELLO, finish("model_length"), DONE), reason="length"),
    Way("Cohere: COMPLETE", stream(HELLO, finish("COMPLETE"), DONE)),
    Way("a reason that is a number", stream(HELLO, finish(1), DONE)),
    *(Way(f"{form!r}, left open", stream(HELLO, form, end="open")) for form in [
        b"data: [DONE]", b"data:[DONE]\r", b"data: [done]\n\n", b'data: "[DONE]"\n\n',
        b"data: data: [DONE]\n\n", b"event: done\ndata: {}\n\n"]),
    *(Way(f"a reason {reason!r}", stream(HELLO, finish(reason), DONE), reason="length")
      for reason in ["FINISH_REASON_MAX_TOKENS", "FinishReason.MAX_TOKENS", {"type": "length"},
                     "token_limit"]),
    *(Way(f"a reason {reason!r}", stream(delta(content=TEXT), finish(reason), DONE),
          error="upstream_error") for reason in ["timeout", "cancelled"]),
    Way("watsonx: not_finished", stream(finish("not_finished", content=TEXT), end="cut"),
        error="broken_answer"),
    Way("a reason beside the choices", stream(
        event({"choices": [{"delta": {"content": TEXT}}], "finish_reason": "length"}), DONE),
        reason="length"),
    Way("a reason in the delta", stream(delta(content=TEXT, finish_reason="length"), DONE),
        reason="length"),
    Way("nothing at all", stream(finish(), DONE), text="", error="empty_answer"),
    Way("LM Studio: a context that is too long gives no words", stream(usage(36_000, 0), DONE),
        text="", error="empty_answer"),
]  # fmt: skip

CONTENTS = [
    Way("content as parts", stream(delta(content=[{"type": "text", "text": "Hello"}]),
        delta(content=[{"type": "text", "text": {"value": " world"}}]), finish(), DONE)),
    Way("parts of odd types", stream(delta(content=[{"type": ["text"], "text": "Hello"}]),
        delta(content=[{"type": {"a": 1}, "text": " world"}]), finish(), DONE)),
    Way("Mistral: thoughts as parts", stream(
        delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]),
        delta(content=TEXT), finish(), DONE), thoughts="Hm."),
    Way("content null and numbers", stream(delta(content=None), delta(content="1"),
        delta(content=2), delta(content=True), finish(), DONE), text="12"),
    Way("message instead of delta", stream(
        event({"choices": [{"message": {"content": "Hello"}}]}),
        event({"choices": [{"message": {"content": " world"}, "finish_reason": "stop"}]}), DONE)),
    Way("a message that grows", stream(
        event({"choices": [{"message": {"content": "Hello"}}]}),
        event({"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}]}), DONE)),
    Way("Perplexity: the whole message beside each delta", stream(
        event({"choices": [{"delta": {"content": "Hello"}, "message": {"content": "Hello"}}]}),
        event({"choices": [{"delta": {"content": " world"}, "message": {"content": TEXT}}]}),
        finish(), DONE)),
    Way("a message that repeats the deltas at the end", stream(HELLO,
        event({"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}]}), DONE)),
    Way("a whole message beside an empty delta", stream(event({"choices": [
        {"delta": {}, "message": {"content": TEXT}, "finish_reason": "stop"}]}), DONE)),
    Way("... that repeats the deltas", stream(delta(reasoning_content="Hm."), HELLO, event(
        {"choices": [{"delta": {"content": None}, "finish_reason": "stop", "message":
        {"content": TEXT, "reasoning_content": "Hm."}}]}), DONE), thoughts="Hm."),
    *(Way(f"a text in place of a {name}", stream(*(event({"choices": [{name: said}]}) for said in
        (None, "Hello", " world")), finish(), DONE)) for name in ["delta", "message", "text"]),
    Way("a delta with a text", stream(delta(text="Hello"), delta(text=" world"), finish(), DONE)),
    Way("a choice that is null", stream(event({"choices": [
        None, {"index": 0, "delta": {"content": TEXT}}]}), finish(), DONE)),
    Way("an index that is a text", stream(event({"choices": [
        {"index": "0", "delta": {"content": "Hello"}}]}), delta(content=" world"), finish(), DONE)),
    *(Way(f"an answer wrapped in {name!r}", whole({"success": True, name: WHOLE}), usage=(3, 2))
      for name in ["data", "result", "response", "output"]),
    Way("Cloudflare: response", stream(event({"response": "Hello"}), event({"response": " world"}),
        DONE)),
    Way("llama.cpp's own events", stream(event({"content": "Hello", "stop": False}),
        event({"content": " world", "stop": True}))),
    Way("a whole answer instead of a stream", whole(WHOLE), usage=(3, 2)),
    Way("... that calls itself a stream", whole(WHOLE, "text/event-stream")),
    Way("... over several lines", whole(json.dumps(WHOLE, indent=2).encode(), "text/plain")),
    Way("... in one event", stream(event(WHOLE), DONE)),
    Way("... without a type", whole(WHOLE, "")),
    Way("a list of chunks", whole(json.dumps([
        {"choices": [{"delta": {"content": "Hello"}}]},
        {"choices": [{"delta": {"content": " world"}, "finish_reason": "stop"}]}]).encode())),
    Way("Ollama's own lines", whole(
        b'{"message": {"content": "Hello"}, "done": false}\n'
        b'{"message": {"content": " world"}, "done": false}\n'
        b'{"message": {"content": ""}, "done": true, "done_reason": "stop",'
        b' "prompt_eval_count": 3, "eval_count": 2}\n', "application/x-ndjson"), usage=(3, 2)),
    Way("choices from 1 on", stream(delta(1, content=TEXT),
        event({"choices": [{"index": 1, "delta": {}, "finish_reason": "stop"}]}), DONE)),
    Way("a second answer beside the first", stream(delta(content="Hello"),
        delta(1, content="Bonjour"), delta(content=" world"), finish(), DONE)),
    Way("a refusal", stream(delta(refusal="I can't help "), delta(refusal="with that."),
        finish(), DONE), text="I can't help with that."),
    Way("DeepSeek: reasoning_content", stream(delta(reasoning_content="Hm."), HELLO, finish(),
        DONE), thoughts="Hm."),
    Way("OpenRouter: reasoning", stream(delta(content="", reasoning="Hm."), HELLO, finish(),
        DONE), thoughts="Hm."),
    Way("both names of thoughts", stream(delta(reasoning="Hm.", reasoning_content="Hm."), HELLO,
        finish(), DONE), thoughts="Hm."),
    *(Way(f"thoughts as {name}", stream(delta(content="", **{name: said}), HELLO, finish(), DONE),
          thoughts="Hm.") for name, said in [
        ("reasoning_text", "Hm."), ("reasoning", {"content": "Hm."}),
        ("reasoning_details", [{"type": "reasoning.summary", "summary": "Hm."}]),
        ("thinking_blocks", [{"type": "thinking", "thinking": "Hm."}])]),
    Way("thoughts and nothing else", stream(delta(reasoning_content=TEXT), finish(), DONE),
        thoughts=TEXT),
    Way("<think> in the text", stream(delta(content="<think>Hm.</think>\n\nHello world"),
        finish(), DONE), thoughts="Hm."),
    Way("<think> a letter at a time", stream(
        *(delta(content=each) for each in "<think>Hm.</think>Hello world"), finish(), DONE),
        thoughts="Hm."),
    *(Way(f"thoughts between {opening} and {closing}", stream(delta(content=opening[:3]),
        delta(content=f"{opening[3:]}Hm.{closing[:4]}"), delta(content=f"{closing[4:]}Hello world"),
        finish(), DONE), thoughts="Hm.") for opening, closing in [
        ("[THINK]", "[/THINK]"), ("<Thinking>", "</Thinking>"),
        ("<|START_THINKING|>", "<|END_THINKING|><|START_RESPONSE|>"),
        ("<|begin_of_thought|>", "<|end_of_thought|>\n\n<|begin_of_solution|>")]),
    Way("brackets that are no thoughts", stream(delta(content="See [1] and ["), delta(content="TH"),
        delta(content="E], [THINK"), finish(), DONE), text="See [1] and [THE], [THINK"),
    Way("<think> without an end", stream(delta(content="<think>Hello "), delta(content="world"),
        finish("length"), DONE), thoughts=TEXT, reason="length"),
    Way("</think> alone in one event", stream(delta(content="Hm.</think>\n\nHello world"),
        finish(), DONE), thoughts="Hm."),
    Way("</think> and nothing after it", stream(delta(content="Hello world"),
        delta(content="</think>"), finish(), DONE), thoughts=TEXT),
    Way("</think> after reasoning_content", stream(delta(reasoning_content="Hm."),
        delta(content="</think>\n\nHello world"), finish(), DONE), thoughts="Hm."),
    Way("<think> in code", stream(delta(content="It is `<think>` and "),
        delta(content="`</think>`."), finish(), DONE), text="It is `<think>` and `</think>`."),
    Way("<think> that is talked about", stream(delta(content="The tag <think> begins thoughts."),
        finish(), DONE), text="The tag <think> begins thoughts."),
    Way("gpt-oss: channels", stream(
        delta(content="<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant"),
        delta(content="<|channel|>final<|mess"), delta(content="age|>Hello world<|return|>"),
        finish(), DONE), thoughts="Hm."),
    Way("signs that look like tags", stream(delta(content="a < b <"), delta(content="th <b>"),
        finish(), DONE), text="a < b <th <b>"),
]  # fmt: skip

EVENTS = [
    Way("OpenRouter: comments", stream(b": OPENROUTER PROCESSING\n\n" * 3, HELLO,
        b": OPENROUTER PROCESSING\n\n", finish(), DONE)),
    Way("data: without a blank", stream((HELLO + finish() + DONE).replace(b"data: ", b"data:"))),
    Way("CR LF", stream((HELLO + finish() + DONE).replace(b"\n", b"\r\n"), end="open")),
    Way("CR alone", stream((HELLO + finish() + DONE).replace(b"\n", b"\r"), end="open")),
    Way("no empty lines", stream((HELLO + finish() + DONE).replace(b"\n\n", b"\n"))),
    Way("a byte order mark", stream(b"\xef\xbb\xbf" + HELLO, finish(), DONE)),
    Way("an event of several data lines", stream(
        b'data: {"choices": [{"delta":\ndata: {"content": "Hello world"}}]}\n\n', finish(), DONE)),
    Way("a byte order mark before each line", stream(
        (HELLO + finish()).replace(b"data: ", b"\xef\xbb\xbfdata: "), DONE)),
    Way("data: twice", stream((HELLO + finish() + DONE).replace(b"data: ", b"data: data:"))),
    Way("events without any line feed between", stream(HELLO.replace(b"\n", b""), b"\n\n",
        finish(), DONE)),
    Way("objects side by side in a line", stream(
        b"data: " + HELLO.replace(b"\n", b"").replace(b"data: ", b"") + b",\n\n", finish(), DONE)),
    Way("signs of life as data", stream(b"data: ping\n\n", HELLO, b"data: keep-alive\n\n"),
        reason="unknown"),
    Way("names, ids and retries of events", stream(
        b"id: 1\nevent: message\nretry: 10\n" + HELLO, finish(), DONE)),
    Way("half an emoji in each of two events", stream(
        b'data: {"choices": [{"delta": {"content": "Hi %s"}}]}\n\n' % HALVES[:6].encode(),
        b'data: {"choices": [{"delta": {"content": "%s!"}}]}\n\n' % HALVES[6:].encode(),
        finish(), DONE), text="Hi 😀!"),
    Way("half an emoji and no other half", stream(
        b'data: {"choices": [{"delta": {"content": "Hi %s"}}]}\n\n' % HALVES[:6].encode(),
        finish(), DONE), text="Hi \ufffd"),
    Way("the bytes of a letter in two events", stream(
        b'data: {"choices": [{"delta": {"content": "Hi \xf0\x9f"}}]}\n\n',
        b'data: {"choices": [{"delta": {"content": "\x98\x80!"}}]}\n\n', finish(), DONE),
        text="Hi 😀!"),
    Way("letters cut between packets", stream(
        *(event({"choices": [{"delta": {"content": "안녕 😀"}}]}).decode("unicode_escape")
          .encode("utf-16", "surrogatepass").decode("utf-16").encode()[n:n + 1]
          for n in range(60)), finish(), DONE), text="안녕 😀"),
    Way("a bad byte", stream(
        b'data: {"choices": [{"delta": {"content": "Hello\xff world"}}]}\n\n', finish(), DONE),
        text="Hello\ufffd world"),
    Way("NaN", stream(b'data: {"choices": [{"delta": {"content": "Hello world"},'
        b' "logprobs": {"token_logprob": NaN, "top": -Infinity}}]}\n\n', finish(), DONE)),
    Way("a raw line feed in a text", stream(
        b'data: {"choices": [{"delta": {"content": "Hello\t world"}}]}\n\n', finish(), DONE),
        text="Hello\t world"),
    Way("NUL in a text", stream(delta(content="Hello\0 world"), finish(), DONE)),
    Way("broken JSON in between", stream(delta(content="Hello"), b'data: {"choices": [{"del\n\n',
        delta(content=" world"), finish(), DONE)),
    Way("events of other forms", stream(event("ping"), event(7), event([]), HELLO,
        event({"choices": ["x"]}), event({"type": "ping"}), finish(), DONE)),
    Way("deep nesting", stream(b'data: {"choices": ' + b"[" * 5_000 + b"\n\n", HELLO, finish(),
        DONE)),
    Way("an error in the stream", stream(delta(content="Hello"),
        event({"error": {"message": "upstream died", "code": 502}})), text="Hello",
        error="upstream_error"),
    Way("an error whose code is a word", stream(
        event({"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}})),
        text="", error="model_busy"),
    Way("an error that is null", stream(event({"error": None, "choices": []}), HELLO, finish(),
        DONE)),
    Way("an empty error in each event", stream(event({"error": {"message": "", "code": None},
        "choices": [{"delta": {"content": TEXT}}]}), finish(), DONE)),
    Way("older llama.cpp: error: as a field", stream(delta(content=TEXT),
        b'error: {"code": 500, "message": "boom"}\n\n'), error="upstream_error"),
    Way("OpenRouter: an error in the choice", stream(event({"choices": [
        {"delta": {"content": ""}, "error": {"code": 502, "message": "Provider"}}]}), DONE),
        text="", error="model_unavailable"),
    *(Way(f"words of a proxy: {words!r}", stream(HELLO, words), error="malformed_answer")
      for words in [b"<html>504 Gateway Time-out</html>\n", b"Internal Server Error"]),
    Way("an error after the end", stream(HELLO, finish(), event({"error": "late"}))),
    Way("OpenRouter: finish_reason error", stream(delta(content="Hello"), event(
        {"choices": [{"delta": {"content": ""}, "finish_reason": "error"}]}), DONE),
        text="Hello", error="upstream_error"),
    Way("LM Studio: event: error", stream(b"event: error\n" + event(
        {"error": {"message": "Trying to keep the first 5000 tokens when context the overflows. "
         "However, the model is loaded with context length of only 4096 tokens"}})),
        text="", error="context_too_long"),
    Way("event: error and words", stream(b"event: error\ndata: overloaded, try later\n\n"),
        text="", error="model_busy"),
    Way("an error in place of a stream", whole({"error": {"message": "no", "code": 503}}),
        text="", error="model_unavailable"),
    Way("an error without the name", whole({"detail": "Too many requests"}),
        text="", error="model_busy"),
    *(Way(f"... {next(iter(error))}", whole(error), text="", error=code) for error, code in [
        ({"msg": "Too many requests", "code": 1001}, "model_busy"),
        ({"errors": [{"message": "Too many requests"}], "success": False}, "model_busy"),
        ({"error_msg": "Open api qps request limit reached"}, "model_busy"),
        ({"base_resp": {"status_code": 1002, "status_msg": "rate limit exceeded(RPM)"},
          "choices": None}, "model_busy"),
        ({"fault": {"faultstring": "Rate limit quota violation"}}, "model_busy"),
        ({"title": "Service Unavailable", "status": 503}, "model_unavailable")]),
    Way("MiniMax: base_resp of an answer", whole(WHOLE | {"base_resp": {"status_code": 0}})),
    *(Way(f"an error in words: {words!r}", whole(words, "text/plain"), text="", error="model_busy")
      for words in [b"Too many requests", b'"Rate limit exceeded"']),
    Way("vLLM: an object that is an error", stream(event({"object": "error", "code": 400,
        "message": "This model's maximum context length is 4096 tokens."}), DONE),
        text="", error="context_too_long"),
    Way("a page of HTML", whole(b"<!doctype html>\n<title>Sign in</title>\n<p>Hello.", "text/html"),
        text="", error="malformed_answer"),
    Way("an answer without a body", Answer(()), text="", error="empty_answer"),
]  # fmt: skip

TOOLS = [
    Way("calls as OpenAI sends them", calls(call(0, "weather", "", "a"), call(0, None, SEOUL[:9]),
        call(0, None, SEOUL[9:]), call(1, "time", "", "b"), call(1, None, KST))),
    Way("Gemini: no index, stop", calls(call(None, "weather", SEOUL, "a"),
        call(None, "time", KST, "b"), reason="stop")),
    Way("Ollama: every index 0", calls(call(0, "weather", SEOUL, "a"), call(0, "time", KST, "b"))),
    Way("every index 0 and no id", calls(call(0, "weather", SEOUL), call(0, "time", KST))),
    Way("arguments as an object", calls(call(0, "weather", WEATHER[1], "a"),
        call(1, "time", TIME[1], "b"))),
    Way("names with each part", calls(call(0, "weather", SEOUL[:9], "a"),
        call(0, "weather", SEOUL[9:], "a"), call(1, "time", KST, "b"))),
    Way("another id with each part", calls(call(0, "weather", SEOUL[:9], "a"),
        call(0, None, SEOUL[9:], "x"), call(1, "time", KST[:5], "b"), call(1, None, KST[5:], "y"))),
    Way("no index, parts by order", calls(call(None, "weather", SEOUL[:9], "a"),
        call(None, None, SEOUL[9:]), call(None, "time", KST[:5], "b"), call(None, None, KST[5:]))),
    Way("parts of two calls in turn", calls(call(0, "weather", SEOUL[:9], "a"),
        call(1, "time", KST[:5], "b"), call(0, None, SEOUL[9:]), call(1, None, KST[5:]))),
    Way("both calls in one event", stream(delta(tool_calls=[call(None, "weather", SEOUL),
        call(None, "time", KST)]), finish("tool_calls"), DONE)),
    Way("calls in a whole answer", whole({"choices": [{"message": {"content": None, "tool_calls": [
        call(None, "weather", SEOUL, "a"), call(None, "time", KST, "b")]},
        "finish_reason": "tool_calls"}]})),
    Way("calls sent again at the end", calls(call(0, "weather", SEOUL, "a"),
        call(1, "time", KST, "b"), call(0, "weather", SEOUL, "a"), call(1, "time", KST, "b"))),
    Way("JSON in JSON", calls(call(0, "weather", json.dumps(SEOUL)), call(1, "time", KST))),
    Way("gpt-oss: markers in a name", calls(call(0, "weather<|channel|>commentary", SEOUL, "a"),
        call(1, "time", KST, "b"))),
    *(Way(f"indexes such as {a!r}", calls(call(a, "weather", SEOUL[:9], "a"),
        call(b, "time", KST[:5], "b"), call(a, None, SEOUL[9:]), call(b, None, KST[5:])))
      for a, b in [("0", "1"), (0.0, 1.0), (1, 2)]),
    *(Way(f"the same id, indexes {a} and {b}", calls(call(a, "weather", SEOUL, "x"),
        call(b, "time", KST, "x"))) for a, b in [(0, 1), (0, 0), (None, None)]),
    Way("an empty object before the real one", calls(call(0, "weather", "{}", "a"),
        call(0, None, SEOUL[:9]), call(0, None, SEOUL[9:]), call(1, "time", {}, "b"),
        call(1, None, KST))),
    Way("arguments that grow", calls(call(0, "weather", SEOUL[:5], "a"), call(0, None, SEOUL[:9]),
        call(0, None, SEOUL), call(1, "time", KST, "b"))),
    Way("arguments called otherwise", calls({"id": "a", "function": {"name": "weather",
        "parameters": WEATHER[1]}}, {"id": "b", "function": {"name": "time", "input": TIME[1]}})),
    Way("calls by number", stream(delta(tool_calls={"0": call(0, "weather", SEOUL, "a"),
        "1": call(1, "time", KST, "b")}), finish("tool_calls"), DONE)),
    *(Way(f"calls in a message beside an empty delta, after {len(parts)} others", stream(*parts,
        event({"choices": [{"delta": {}, "finish_reason": "tool_calls", "message": {"tool_calls": [
            call(0, "weather", SEOUL), call(1, "time", KST)]}}]}), DONE))
      for parts in [(), (delta(tool_calls=[call(0, "weather", SEOUL), call(1, "time", KST)]),)]),
    Way("[DONE] without a finish reason", stream(delta(tool_calls=[call(0, "weather", SEOUL),
        call(1, "time", KST)]), DONE)),
]  # fmt: skip
LEGACY = [
    Way("function_call", stream(delta(function_call={"name": "weather", "arguments": ""}),
        delta(function_call={"arguments": SEOUL}), finish("function_call"), DONE),
        calls=[WEATHER]),
    Way("no arguments", calls(call(0, "weather", "", "a")), calls=[("weather", {})]),
    *(Way(f"arguments {text!r}", calls(call(0, "weather", text, "a")), calls=[("weather", {})])
      for text in ["null", '""', " ", '"{}"', '"null"', "{}{}"]),
    Way("half an emoji in each of two arguments", calls(
        call(0, "weather", '{"place": "\ud83d', "a"), call(0, None, '\ude00"}')),
        calls=[("weather", {"place": "😀"})]),
    Way("NUL in arguments", calls(call(0, "weather", SEOUL.replace("e", "\0e"), "a\0")),
        calls=[WEATHER]),
    Way("the tool's name for an id", calls(call(0, "weather", SEOUL, "weather"),
        call(1, "weather", "", "weather"), call(1, None, KST)),
        calls=[WEATHER, ("weather", TIME[1])]),
    Way("arguments null", calls({"index": 0, "function": {"name": "weather", "arguments": None}}),
        calls=[("weather", {})]),
    Way("the same tool twice without ids", calls(call(None, "weather", SEOUL),
        call(None, "weather", KST)), calls=[WEATHER, ("weather", TIME[1])]),
    Way("a call that breaks off", stream(delta(tool_calls=[call(0, "weather", SEOUL[:9])])),
        error="broken_answer"),
]  # fmt: skip
CALLS = [
    Way(way.name, way.answer, "", calls=way.calls or [WEATHER, TIME] * (not way.error),
        reason="tool_calls", error=way.error)
    for way in (*TOOLS, *LEGACY)
]  # fmt: skip

FIGURES = [
    Way(f"figures {figure!r:.20}", stream(HELLO, finish(), usage(figure, figure), DONE),
        usage=counted)
    for figure, counted in [
        (-35, (0, 0)), (3_000_000_000, (0, 0)), ([1], (0, 0)), ({}, (0, 0)), (None, (0, 0)),
        (12.0, (12, 12)), ("12", (12, 12)), ("many", (0, 0)), (True, (0, 0)), (1e400, (0, 0)),
        (10**400, (0, 0)), ("9" * 5_000, (0, 0)), ("nan", (0, 0)),
    ]
] + [
    Way("figures that grow", stream(usage(5, 0), delta(content="Hello"), usage(5, 1),
        delta(content=" world"), finish(), usage(5, 2), DONE), usage=(5, 2)),
    Way("figures that are a list", stream(HELLO, finish(), event({"usage": [1, 2]}), DONE)),
    Way("Moonshot: figures in the choice", stream(HELLO, event({"choices": [{"delta": {},
        "finish_reason": "stop", "usage": {"prompt_tokens": 3, "completion_tokens": 2}}]}), DONE),
        usage=(3, 2)),
    Way("Groq: x_groq", stream(HELLO, finish(), event({"x_groq": {"usage": {"prompt_tokens": 3,
        "completion_tokens": 2}}}), DONE), usage=(3, 2)),
]  # fmt: skip

FILTERS = [
    Way("a filter after some words", stream(delta(content="Hello"), finish("content_filter"),
        DONE), text="Hello", error="content_filtered"),
    Way("Gemini: SAFETY", stream(finish("content_filter: SAFETY"), DONE), text="",
        error="content_filtered"),
    Way("Gemini: RECITATION", stream(finish("RECITATION"), DONE), text="",
        error="content_filtered"),
    Way("Azure: results of its filter come first", stream(event({"choices": [],
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}), HELLO,
        event({"choices": [{"index": 0, "finish_reason": None, "content_filter_offsets": {}}]}),
        event({"choices": [{"index": 0, "delta": None, "finish_reason": None}]}), finish(), DONE)),
    Way("Azure: the question is refused", refusal(400, {"error": {"code": "content_filter",
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content "
        "management policy.", "param": "prompt", "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation"}}}), text="",
        error="content_filtered"),
]  # fmt: skip

WAYS = [*ENDS, *CONTENTS, *EVENTS, *CALLS, *FIGURES, *FILTERS]


def test_there_are_more_than_forty_ways() -> None:
    assert len({way.name for way in WAYS}) > 100


@pytest.fixture(autouse=True)
def _patience(settings: Settings) -> None:
    settings.MODEL_FIRST_TOKEN_SECONDS = settings.MODEL_IDLE_SECONDS = 30
    settings.MODELS = {"a-model": {"tools": True}}


async def ask(prompt: Prompt) -> list[Piece]:
    """The pieces of an answer, those before an error with the error in the end's place."""
    answer: list[Any] = []
    client = await vendors.client(vendors.vendor_of(prompt.model))
    try:
        async with aclosing(client.stream(prompt)) as pieces:
            async for piece in pieces:
                if isinstance(piece, AllWasThought):
                    answer = [Reasoning(each.text) if isinstance(each, Text) else each
                            for each in answer]  # fmt: skip
                else:
                    answer.append(piece)
    except ModelError as error:
        answer.append(error)
    return answer


def join_text(answer: list[Any], kind: type) -> str:
    return "".join(piece.text for piece in answer if isinstance(piece, kind))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_the_answer_is_complete_or_one_right_error(settings: Settings, way: Way) -> None:
    async with running(settings, way.answer):
        answer = await ask(Prompt("a-model", QUESTION))
    end = answer[-1]
    assert join_text(answer, Text) == way.text
    assert join_text(answer, Reasoning) == way.thoughts
    if way.error:
        assert isinstance(end, ModelError)
        assert end.reason == way.error
        return
    assert isinstance(end, End)
    calls = [each for each in answer if type(each) is ToolCall]
    assert [(each.name, json.loads(each.arguments)) for each in calls] == way.calls
    assert len({each.id for each in calls}) == len(calls)
    assert end.finish_reason == way.reason
    assert way.usage in {None, (end.prompt_tokens, end.completion_tokens)}


async def test_thoughts_whose_beginning_nobody_marks_are_told_apart_the_next_time_at_once(
    settings: Settings,
) -> None:
    answer = stream(delta(content="Hm, "), delta(content="hm."), delta(content="\n</think>\n\n"),
                    delta(content="Hello"), delta(content=" world"), finish(), DONE)  # fmt: skip
    prompt = Prompt("deepseek-r1", QUESTION)
    async with running(settings, answer):
        first, second = await ask(prompt), await ask(prompt)
    for said in (first, second):
        assert (join_text(said, Text), join_text(said, Reasoning)) == (TEXT, "Hm, hm.\n")
    assert isinstance(second[0], Reasoning)


async def test_a_model_that_stops_thinking_is_heard_all_the_same(settings: Settings) -> None:
    answers = [stream(delta(content="Hm."), delta(content="</think>Hello world"), finish(), DONE)]
    answers += [stream(HELLO, finish(), DONE)] * 2
    prompt = Prompt("deepseek-r1", QUESTION)
    async with running(settings, lambda _: answers.pop(0)):
        for _ in range(3):
            said = await ask(prompt)
            assert join_text(said, Text) == TEXT
    assert not [piece for piece in said if isinstance(piece, Reasoning)]


async def test_what_comes_packed_all_the_same_is_unpacked(settings: Settings) -> None:
    packed = gzip.compress(HELLO + finish() + DONE)
    async with running(settings, stream(packed, **{"Content-Encoding": "gzip"})):
        said = await ask(Prompt("a-model", QUESTION))
    assert join_text(said, Text) == TEXT


async def test_a_connection_is_used_again_after_done(settings: Settings) -> None:
    async with running(settings, stream(HELLO, finish(), usage(3, 2), DONE)) as server:
        for _ in range(3):
            await ask(Prompt("a-model", QUESTION))
    assert (len(server.requests), server.connections) == (3, 1)


@pytest.mark.parametrize("sign", [b": alive\n\n", delta(content=""), b"\n"])
async def test_a_server_that_reads_a_long_prompt_is_waited_for(
    settings: Settings, sign: bytes
) -> None:
    settings.MODEL_FIRST_TOKEN_SECONDS = settings.MODEL_IDLE_SECONDS = 1.5
    settings.MODEL_ALIVE_SECONDS = 60
    parts = (*[sign] * 10, HELLO, finish(), DONE)
    async with running(settings, Answer(parts, pause=0.2)):
        said = await ask(Prompt("a-model", QUESTION))
    assert join_text(said, Text) == TEXT


@pytest.mark.parametrize("before", [b"", HELLO])
async def test_a_server_that_only_lives_is_not_waited_for_without_end(
    settings: Settings, before: bytes
) -> None:
    settings.MODEL_FIRST_TOKEN_SECONDS = settings.MODEL_IDLE_SECONDS = 0.3
    settings.MODEL_ALIVE_SECONDS = 0.6
    parts = (before, *[b": alive\n\n"] * 200)
    async with running(settings, Answer(parts[not before :], pause=0.05)):
        said = await ask(Prompt("a-model", QUESTION))
    assert isinstance(said[-1], ModelError)
    assert said[-1].reason == "model_timeout"
