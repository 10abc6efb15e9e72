"""More ways of servers that speak OpenAI's protocol, each from a public report of a client's."""

import json
from typing import Any

import pytest
from pytest_django import Settings

from aiapp.llm.base import End, Prompt, Reasoning, Text, ToolCall
from aiapp.llm.errors import ModelError
from aiapp.llm.tests.providers.test_servers_speak_in_their_own_ways import (
    KST,
    QUESTION,
    SEOUL,
    TEXT,
    TIME,
    WEATHER,
    Way,
    ask,
    call,
    calls,
    join_text,
    stream,
)
from aiapp.llm.tests.scripted_server import (
    DONE,
    HELLO,
    JSON,
    STREAM,
    Answer,
    delta,
    event,
    finish,
    running,
    usage,
)

OFFERED = [{"type": "function", "function": {"name": name}} for name in ("weather", "time")]
NOTHING = {"name": None, "arguments": None}


def make_way(name: str, answer: Answer, *expected: tuple[str, Any]) -> Way:
    return Way(name, answer, "", calls=list(expected) or [WEATHER], reason="tool_calls")


def make_error(error: Any, code: str, text: str = "") -> Way:
    """A stream that says something, if it does, and then the error."""
    said = [delta(content=text)] if text else []
    sent = error if isinstance(error, bytes) else event(error)
    return Way(f"an error: {error!r}", stream(*said, sent, DONE), text, error=code)


def send_body(*parts: bytes, **headers: str) -> Answer:
    return Answer(parts, 200, headers)


def send_arguments(arguments: Any) -> Answer:
    return calls(call(0, "weather", arguments, "a"))


ENDS = [
    Way("vLLM: tool_calls as the reason, and none", stream(HELLO, finish("tool_calls"), DONE)),
    Way("... in an empty list", stream(HELLO, finish("tool_calls", tool_calls=[]), DONE)),
    Way("AgentRouter: data: null", stream(b"data: null\n\n", HELLO, DONE)),
    Way("a reason that is empty until the last", stream(event({"choices": [{"index": 0,
        "delta": {"content": TEXT}, "finish_reason": ""}]}), finish("length"), DONE),
        reason="length"),
    *(Way(f"a reason {reason!r}", stream(delta(content=TEXT), finish(reason), DONE),
          error="upstream_error") for reason in ["server_error", "internal_error", "failed"]),
    Way("Moonshot: engine_overloaded", stream(delta(content=TEXT), finish("engine_overloaded"),
        DONE), error="model_busy"),
    *(Way(f"Gemini: {reason}", stream(finish(reason), DONE), text="", error="content_filtered")
      for reason in ["LANGUAGE", "IMAGE_SAFETY"]),
    Way("Gemini: a malformed call", stream(finish("function_call_filter: MALFORMED_FUNCTION_CALL"),
        DONE), text="", error="upstream_error"),
    *(Way(f"a reason {reason!r}", stream(delta(content=TEXT), finish(reason), DONE),
          reason="length") for reason in ["context_window_exceeded", "incomplete", "truncated"]),
    *(Way(f"a reason {reason!r}", stream(finish(reason), DONE), text="", error="content_filtered")
      for reason in ["BLOCKED", "violation"]),
    Way("Cohere: USER_CANCEL", stream(delta(content=TEXT), finish("USER_CANCEL"), DONE),
        error="upstream_error"),
    Way("all of it again with the reason", stream(delta(content="Hello world, all"),
        delta(content=" of you"), finish(content="Hello world, all of you"), DONE),
        text="Hello world, all of you"),
    Way("an error that says success", stream(event({"error": {"code": 0, "message": "success"},
        "choices": [{"delta": {"content": TEXT}}]}), finish(), DONE)),
    *(Way(f"a token that ends a text: {token}", stream(delta(content=f"Hello world{token[:4]}"),
        delta(content=token[4:] + blank), finish(), DONE)) for token, blank in [
        ("<|im_end|>", ""), ("<|eot_id|>", "\n"), ("<end_of_turn>", ""),
        ("<|im_end|><|endoftext|>", " \n"), ("</s>", ""), ("<eos>", ""), ("<|end|>", ""),
        ("<|return|>", ""), ("<turn|>", "\n"), ("<|END_OF_TURN_TOKEN|>", "")]),
    Way("HTML that ends like such a token", stream(delta(content="Hello <s>old</s>"), finish(),
        DONE), text="Hello <s>old</s>"),
    Way("such a token that is talked about", stream(delta(content="It is <|im_end|>"),
        delta(content=" or `<|eot_id|>`."), finish(), DONE),
        text="It is <|im_end|> or `<|eot_id|>`."),
]  # fmt: skip
ENDS += [
    *(Way(f"a reason {reason!r}", stream(HELLO, finish(reason), DONE), reason="length") for reason
      in ["max_new_tokens", "maxTokens", "max-tokens", "output_limit", "repetition_truncation",
          "hit_max_tokens", "max_seq_len", ["length"]]),
    *(Way(f"a reason {reason!r}", stream(HELLO, finish(reason), DONE), error="content_filtered")
      for reason in ["contentFilter", "filtered", "content_policy", "unsafe", "ERROR_TOXIC",
                     "moderation", "refused", {"type": "content_filter"}]),
    *(Way(f"a reason {reason!r}", stream(HELLO, finish(reason), DONE), error="upstream_error")
      for reason in ["interrupted", "disconnected", "exception", "killed", "engine_error"]),
    Way("a reason rate_limit", stream(finish("rate_limit"), DONE), text="", error="model_busy"),
    Way("SGLang: a reason that says what it was", stream(finish({"type": "abort", "message":
        "The input (40 tokens) is longer than the model's context length (3 tokens)."}), DONE),
        text="", error="context_too_long"),
    *(Way(f"OpenRouter: {native} behind a stop", stream(HELLO, event({"choices": [{"delta": {},
        "finish_reason": "stop", "native_finish_reason": native}]}), DONE), error=error)
      for native, error in [("network_error", "upstream_error"), ("SAFETY", "content_filtered"),
                            ("end_turn", "")]),
    *(Way(f"an end {form!r}, left open", stream(HELLO, form, end="open")) for form in [
        b"data: [END]\n\n", b"data: DONE\n\n", b"data: [ DONE ]\n\n", b"data: [DONE][DONE]\n\n",
        b"data: EOF\n\n", b"event: complete\ndata: {}\n\n", b"event: Done\n\n", b"event: stop\n\n",
        b"event: message_stop\ndata: {}\n\n", b'data: {"done": true}\n\n',
        b'data: {"type": "done"}\n\n', b'data: {"is_end": true}\n\n']),
]  # fmt: skip
ERRORS = [
    *(make_error(error, "model_busy") for error in [
        {"error": True, "message": "Rate limit exceeded"}, {"error": 429, "message": "x"},
        {"error": "429"}, {"error": {"error": {"code": 429}}}, {"error": [{"code": 429}]},
        {"error": {"code": "429 Too Many Requests"}}, {"error": '{"code": 429}'},
        {"error": {"message": '{"error": {"code": 429}}'}}, {"statusCode": 429, "message": "x"},
        {"error": {"message": "Error code: 429 - slow down"}}, {"Error": "Too many requests"},
        {"errorCode": 429, "errorMsg": "x"}, {"err": "Too many requests"}, {"status": 429},
        {"ResponseMetadata": {"Error": {"Message": "Too many requests"}}},
        {"Response": {"Error": {"Message": "Too many requests"}}},
        {"header": {"code": 10007, "message": "Too many requests"}},
        {"data": {"error": {"message": "Too many requests"}}},
        {"success": False, "message": "rate limit"},
        {"choices": [{"delta": {"error": {"message": "Too many requests"}}}]},
        {"choices": [{"error": "Too many requests", "finish_reason": "error"}]},
        b"data: Error: rate limit exceeded\n\n", b'data: "Rate limit exceeded"\n\n',
        b'event: Error\ndata: {"message": "Too many requests"}\n\n',
        b"ERROR: Too many requests\n\n"]),
    *(make_error(error, "model_unavailable") for error in [
        {"error": {"status": "UNAVAILABLE"}}, {"error": {"type": "service_unavailable"}},
        {"error": {"message": "upstream connect error"}}, {"error": {"http_status": 503}}]),
    make_error({"error": "Bad Request", "message": "the maximum context length is 4096"},
        "context_too_long"),
    *(make_error(error, "upstream_error", TEXT) for error in [
        {"object": "error", "message": "boom"}, {"type": "error", "message": "boom"},
        {"detail": "boom"}, {"code": "X1", "message": "boom"}, b"event: error\n\n",
        b"event: error\ndata:\n\n", b"event: exception\ndata: boom\n\n", b"data: error\n\n",
        b"data: [ERROR] boom\n\n"]),
    *(make_error(error, "model_unavailable", TEXT) for error in [
        {"statusCode": 500, "message": "boom"}, {"code": 500, "message": "boom"}]),
    Way("the last words with an error", stream(delta(content="Hello"), event({"error":
        {"message": "boom"}, "choices": [{"delta": {"content": " world"}, "finish_reason": "stop"}],
        })), error="upstream_error"),
    *(Way(f"what is no error: {remark}", stream(HELLO, event(remark), DONE)) for remark in [
        {"code": 200, "message": "success"}, {"message": "ok"}, {"msg": "", "code": 0},
        {"event": {"type": "status", "data": {"description": "Searching"}}}]),
]  # fmt: skip
CONTENTS = [
    *(Way(f"thoughts as {name}", stream(delta(content=None, **{name: "Hm."}), HELLO, finish(),
        DONE), thoughts="Hm.") for name in ["thinking_content", "thoughts", "reasoning_summary"]),
    *(Way(f"a part of the type {kind}", stream(delta(content=[{"type": kind, "text": "Hm."}]),
        HELLO, finish(), DONE), thoughts="Hm.") for kind in ["thought", "reasoning_content"]),
    Way("Databricks: a summary", stream(delta(content=[{"type": "reasoning", "summary": [
        {"type": "summary_text", "text": "Hm."}]}]), HELLO, finish(), DONE), thoughts="Hm."),
    Way("Gemma 4: a channel", stream(delta(content="<|channel>thought"), delta(content="Hm.<chan"),
        delta(content="nel|>Hello world"), finish(), DONE), thoughts="Hm."),
    *(Way(f"Hunyuan, Ernie: <{name}>", stream(delta(content=f"<think>Hm.</think>\n<{name}>\n"),
        delta(content=f"Hello world</{name}>"), finish(), DONE), thoughts="Hm.")
      for name in ["answer", "response"]),
    Way("such a mark without thoughts", stream(delta(content="<answer>Hello</answer>"), finish(),
        DONE), text="<answer>Hello</answer>"),
]  # fmt: skip
EVENTS = [
    Way("JSON over several lines", stream(b'data: {\n "choices": [\n  {"delta":\n'
        b'   {"content": "Hello world"}}\n ]\n}\n\n', finish(), DONE)),
    Way("JSON in JSON", stream(*(event(json.dumps({"choices": [{"delta": {"content": word}}]}))
        for word in ("Hello", " world")), finish(), DONE)),
    Way("objects side by side", send_body(b"".join(json.dumps({"choices": [{"delta": said,
        "finish_reason": reason}]}, indent=1).encode() for said, reason in [
            ({"content": "Hello"}, None), ({"content": " world"}, "stop")]), **JSON)),
    *(Way(f"{name!r} as the field's name", stream(HELLO.replace(b"data:", name), finish(), DONE))
      for name in [b"Data:", b"data :"]),
    *(Way(f"a charset of {charset}", send_body(json.dumps({"choices": [{"message": {"content":
        said}, "finish_reason": "stop"}]}, ensure_ascii=False).encode(coding), **STREAM
        | {"Content-Type": f"text/event-stream; charset={charset}"}), text=said)
      for charset, coding, said in [("ISO-8859-1", "utf-8", "é, 안녕"), ("GBK", "gbk", "你好"),
                                    ("iso-8859-1", "latin-1", "café"), ("nonsense", "utf-8", "é")]),
]  # fmt: skip
FIGURES = [
    Way(f"figures {figures}", stream(HELLO, finish(), event({"choices": [], "usage": figures}),
        DONE), usage=(3, 2))
    for figures in [
        {"prompt_tokens": 3, "total_tokens": 5}, {"inputTokens": 3, "outputTokens": 2},
        {"input_tokens": 1, "cache_read_input_tokens": 2, "output_tokens": 2},
        {"tokens": {"input_tokens": 3, "output_tokens": 2}, "billed_units": {"input_tokens": 9}},
    ]
] + [
    Way("figures in the delta", stream(HELLO, finish(usage={"prompt_tokens": 3,
        "completion_tokens": 2}), DONE), usage=(3, 2)),
    Way("figures of nothing after the real ones", stream(HELLO, finish(), usage(3, 2), usage(0, 0),
        DONE), usage=(3, 2)),
]  # fmt: skip
PARTS = [SEOUL[:5], SEOUL[5:9], SEOUL[9:]]
TOOLS = [
    *(make_way(f"arguments {text!r}", send_arguments(text)) for text in [
        "{'place': 'Seoul'}", '{"place": "Seoul",}', '{"place": "Seoul"', '{place: "Seoul"}',
        'Arguments: {"place": "Seoul"}', '{"place": "Seoul"}}', '{"place": "Seoul"}]',
        '[{"place": "Seoul"}]', '{"place": "Seoul"}{}', 'null{"place": "Seoul"}',
        '{"place": "Seoul"} I call it.', '<arguments>{"place": "Seoul"}</arguments>',
        '{\\"place\\": \\"Seoul\\"}', '\ufeff{"place": "Seoul"}', '{“place”: “Seoul”}',
        json.dumps(json.dumps(SEOUL))]),
    *(make_way(f"no arguments: {text!r}", send_arguments(text), ("weather", {})) for text in
      ["[]", "undefined", "()", "``` ```", False, 0, []]),
    *(make_way(f"a tool called {name!r}", calls(call(0, name, SEOUL, "a"))) for name in [
        "functions.weather:0", '"weather"', "weather()", "weather<arg_key>", "<function=weather>",
        "<|constrain|>weather", "weather\nweather", "functions_weather", "weather</tool_call>"]),
    make_way("another id and the name with each part", calls(
        *(call(0, "weather", part, f"id{n}") for n, part in enumerate(PARTS)))),
    make_way("a name in place of the function", stream(delta(tool_calls=[
        {"id": "a", "function": "weather", "arguments": SEOUL}]), finish("tool_calls"), DONE)),
    make_way("a list of calls as a text", stream(delta(tool_calls=json.dumps(
        [call(0, "weather", SEOUL)])), finish("tool_calls"), DONE)),
    make_way("a custom tool", stream(delta(tool_calls=[{"id": "a", "type": "custom", "custom":
        {"name": "weather", "input": SEOUL}}]), finish("tool_calls"), DONE)),
    make_way("Claude's blocks as the content", stream(delta(content=[{"type": "tool_use", "id": "a",
        "name": "weather", "input": WEATHER[1]}]), finish("tool_use"), DONE)),
    make_way("OpenAI: several in one of a tool that is none", calls(call(0,
        "multi_tool_use.parallel", json.dumps({"tool_uses": [
            {"recipient_name": "functions.weather", "parameters": WEATHER[1]},
            {"recipient_name": "functions.time", "parameters": TIME[1]}]}))), WEATHER, TIME),
    make_way("qwen-plus: a part of nulls", calls(call(0, "weather", SEOUL, "a"),
        {"index": 0, "id": "", "function": NOTHING})),
    make_way("a part that is but an id", calls(call(0, "weather", SEOUL, "a"),
        {"index": 1, "id": "z", "function": NOTHING})),
    make_way("an index that counts the parts", calls(call(0, "weather", "", "a"),
        call(1, None, SEOUL[:9]), call(2, None, SEOUL[9:]))),
    make_way("... of two calls", calls(call(0, "weather", SEOUL[:9], "a"), call(1, None, SEOUL[9:]),
        call(2, "time", KST[:9], "b"), call(3, None, KST[9:])), WEATHER, TIME),
    make_way("Cloudflare: nulls in further parts", calls(call(0, "weather", "", "a"), *(
        {"index": 0, "id": None, "type": None, "function": {"name": None, "arguments": letter}}
        for letter in SEOUL))),
    make_way("indexes that are null", calls({"index": None, "id": "a", "function":
        {"name": "weather", "arguments": SEOUL[:9]}}, {"index": None, "id": None, "function":
        {"name": None, "arguments": SEOUL[9:]}})),
    make_way("both forms of a call", stream(delta(tool_calls=[call(0, "weather", SEOUL, "a")],
        function_call={"name": "weather", "arguments": SEOUL}), finish("tool_calls"), DONE)),
    make_way("calls beside the delta", stream(event({"choices": [{"index": 0, "delta": {},
        "tool_calls": [call(0, "weather", SEOUL, "a")], "finish_reason": "tool_calls"}]}), DONE)),
    *(make_way(f"a tool called {name}", calls(call(0, name, SEOUL, "a"))) for name in
      ["functions.weather", "default_api:weather", "Weather"]),
    make_way("a mark behind arguments", send_arguments(SEOUL + "</tool_call>")),
    make_way("None for arguments", send_arguments("None"), ("weather", {})),
    make_way("arguments between fences", send_arguments(f"```json\n{SEOUL}\n```")),
    make_way("arguments said twice", send_arguments(SEOUL + SEOUL)),
    make_way("a line feed in arguments", send_arguments('{"place": "Se\noul"}'),
           ("weather", {"place": "Se\noul"})),
]  # fmt: skip


WAYS = [*ENDS, *ERRORS, *CONTENTS, *EVENTS, *FIGURES, *TOOLS]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_the_answer_is_complete_or_one_right_error(settings: Settings, way: Way) -> None:
    settings.MODEL_FIRST_TOKEN_SECONDS = settings.MODEL_IDLE_SECONDS = 30
    async with running(settings, way.answer):
        answer = await ask(Prompt("a-model", QUESTION, options={"tools": OFFERED}))
    end = answer[-1]
    made = [(each.name, json.loads(each.arguments)) for each in answer if type(each) is ToolCall]
    assert join_text(answer, Text) == way.text
    assert join_text(answer, Reasoning) == way.thoughts
    assert made == way.calls
    if way.error:
        assert isinstance(end, ModelError)
        assert end.reason == way.error
    else:
        assert isinstance(end, End)
        assert end.finish_reason == way.reason
        assert way.usage in {None, (end.prompt_tokens, end.completion_tokens)}


WRAPPED = {"arguments": WEATHER[1]}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (WRAPPED, WEATHER[1]),
        ({"name": "weather", "parameters": WEATHER[1]}, WEATHER[1]),
        ({"weather": WEATHER[1]}, WEATHER[1]),
        ({"input": SEOUL}, WEATHER[1]),
        # What the tool knows, or nobody does, is no wrapper.
        ({"place": {"place": "Seoul"}}, {"place": {"place": "Seoul"}}),
        ({"input": {"city": "Seoul"}}, {"input": {"city": "Seoul"}}),
    ],
)
async def test_what_a_model_puts_around_arguments_is_told_from_them_by_the_tool_s_schema(
    settings: Settings, said: Any, wanted: Any
) -> None:
    function = {"name": "weather", "parameters": {"properties": {"place": {"type": "string"}}}}
    tools = [{"type": "function", "function": function}]
    async with running(settings, send_arguments(json.dumps(said))):
        answer = await ask(Prompt("a-model", QUESTION, options={"tools": tools}))
    assert [json.loads(each.arguments) for each in answer if type(each) is ToolCall] == [wanted]


async def test_arguments_deeper_than_anybody_reads_are_left_as_they_came(
    settings: Settings,
) -> None:
    text = "{'a':" * 400 + "1" + "}" * 400
    async with running(settings, send_arguments(text)):
        said = await ask(Prompt("a-model", QUESTION, options={"tools": OFFERED}))
    assert [each.arguments for each in said if type(each) is ToolCall] == [text]


@pytest.mark.parametrize("text", ['{"place": "Seoul"', '{"place": "Se', '{"place":', "{place"])
async def test_a_call_that_the_bound_has_cut_is_not_completed(
    settings: Settings, text: str
) -> None:
    answer = calls(call(0, "weather", text, "a"), reason="length")
    async with running(settings, answer):
        said = await ask(Prompt("a-model", QUESTION, options={"tools": OFFERED}))
    assert [each.arguments for each in said if type(each) is ToolCall] == [text]
    assert said[-1].finish_reason == "length"
