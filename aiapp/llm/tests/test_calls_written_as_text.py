"""Calls of tools that a server left in the text as its model wrote them.

The forms are those of the models' own templates; who has a server without the parser for them
gets them as text. Each is sent whole and character by character.
"""

import json
from typing import Any

import pytest
from pytest_django import Settings

from aiapp.llm.base import End, Prompt, Reasoning, Text, ToolCall
from aiapp.llm.tests.providers.test_servers_speak_in_their_own_ways import (
    QUESTION,
    ask,
    join_text,
    stream,
)
from aiapp.llm.tests.scripted_server import DONE, delta, finish, running

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            },
        },
    }
    for name in ("weather", "time")
]
SEOUL = {"city": "Seoul", "days": 2}
ARGUMENTS = json.dumps(SEOUL)
CALL = json.dumps({"name": "weather", "arguments": SEOUL})
TAGS = "<parameter=city>\nSeoul\n</parameter>\n<parameter=days>\n2\n</parameter>\n"
NAMED = '<parameter name="city">Seoul</parameter><parameter name="days">2</parameter>'
ONE = [("weather", SEOUL)]
TWO = [("weather", SEOUL), ("time", {"city": "Oslo"})]
OSLO = '{"name": "time", "arguments": {"city": "Oslo"}}'

WRITTEN: dict[str, tuple[str, list[tuple[str, Any]]]] = {
    "Hermes, Qwen": (f"<tool_call>\n{CALL}\n</tool_call>", ONE),
    "... two": (f"<tool_call>\n{CALL}\n</tool_call>\n<tool_call>{OSLO}</tool_call>", TWO),
    "... of which the last was cut": (f"<tool_call>\n{CALL}\n", ONE),
    "Qwen's coders": (f"<tool_call>\n<function=weather>\n{TAGS}</function>\n</tool_call>", ONE),
    "... without the first mark": (f"<function=weather>\n{TAGS}</function>\n</tool_call>", ONE),
    "... two in one": (
        f"<tool_call><function=weather>{TAGS}</function><function=time><parameter=city>Oslo"
        "</parameter></function></tool_call>",
        TWO,
    ),
    "Llama 3.1": (f"<function=weather>{ARGUMENTS}</function>", ONE),
    "... with its tag": (f'<|python_tag|>{{"name": "weather", "parameters": {ARGUMENTS}}}', ONE),
    "GLM": (
        "<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Seoul</arg_value>\n"
        "<arg_key>days</arg_key>\n<arg_value>2</arg_value>\n</tool_call>",
        ONE,
    ),
    "Mistral": (f"[TOOL_CALLS][{CALL}, {OSLO}]", TWO),
    "... since 2025": (f'[TOOL_CALLS]weather[ARGS]{ARGUMENTS}[TOOL_CALLS]time{{"city": "Oslo"}}',
                       TWO),
    "Kimi": (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0"
        f"<|tool_call_argument_begin|>{ARGUMENTS}<|tool_call_end|><|tool_calls_section_end|>",
        ONE,
    ),
    "DeepSeek": (
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n"
        f"```json\n{ARGUMENTS}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        ONE,
    ),
    "... V3.1": (
        f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{ARGUMENTS}"
        "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        ONE,
    ),
    "... V3.2": (
        '<｜DSML｜function_calls><｜DSML｜invoke name="weather">'
        '<｜DSML｜parameter name="city" string="true">Seoul</｜DSML｜parameter>'
        '<｜DSML｜parameter name="days" string="false">2</｜DSML｜parameter>'
        "</｜DSML｜invoke></｜DSML｜function_calls>",
        ONE,
    ),
    "MiniMax": (
        f'<minimax:tool_call><invoke name="weather">{NAMED}</invoke></minimax:tool_call>',
        ONE,
    ),
    "Granite": (f"<|tool_call|>[{CALL}]", ONE),
    "Cohere": (
        f'<|START_ACTION|>[{{"tool_call_id": "0", "tool_name": "weather", "parameters": '
        f"{ARGUMENTS}}}]<|END_ACTION|>",
        ONE,
    ),
    "gpt-oss": (
        "<|channel|>commentary to=functions.weather <|constrain|>json<|message|>"
        f"{ARGUMENTS}<|call|>",
        ONE,
    ),
    "... to whom it is said first": (
        "<|start|>assistant to=functions.weather<|channel|>commentary json<|message|>"
        f"{ARGUMENTS}",
        ONE,
    ),
    "Gemma 4": ('<|tool_call>call:weather{city:<|"|>Seoul<|"|>,days:2}<tool_call|>', ONE),
    "FunctionGemma": (
        "<start_function_call>call:weather{city:<escape>Seoul<escape>,days:2}<end_function_call>",
        ONE,
    ),
    "Gemma 3": ('```tool_code\nweather(city="Seoul", days=2)\n```', ONE),
    "Llama 4": (
        '<|python_start|>[weather(city="Seoul", days=2), time(city="Oslo")]<|python_end|>', TWO),
    "... without its marks": ('[weather(city="Seoul", days=2)]', ONE),
    "Liquid": ("<|tool_call_start|>[weather(city='Seoul', days=2)]<|tool_call_end|>", ONE),
    "Olmo": (
        '<function_calls>\nweather(city="Seoul", days=2)\ntime(city="Oslo")\n'
        "</function_calls>",
        TWO,
    ),
    "Nemotron": (f"<TOOLCALL>[{CALL}]</TOOLCALL>", ONE),
    "InternLM": (
        f'<|action_start|><|plugin|>\n{{"name": "weather", "parameters": {ARGUMENTS}}}'
        "<|action_end|>",
        ONE,
    ),
    "a short one": ("[TOOL_CALLS]time{}", [("time", {})]),
    "Phi": (f"functools[{CALL}, {OSLO}]", TWO),
    "Kimi, without the section": (
        f"<|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{ARGUMENTS}"
        "<|tool_call_end|>",
        ONE,
    ),
    "Granite: JSON in JSON": (
        f"<tool_call>{json.dumps({'name': 'weather', 'arguments': ARGUMENTS})}</tool_call>",
        ONE,
    ),
    "a bracket too few": (f"<tool_call>{CALL[:-1]}</tool_call>", ONE),
    "a bracket too many": (f"<tool_call>{CALL}}}</tool_call>", ONE),
    "Python's quotes": (
        "<tool_call>{'name': 'weather', 'arguments': {'city': 'Seoul', 'days': 2}}</tool_call>",
        ONE,
    ),
    "calls by OpenAI's name": (f'{{"tool_calls": [{CALL}]}}', ONE),
    "an action": (f'{{"action": "weather", "action_input": {ARGUMENTS}}}', ONE),
    "a call alone": (CALL, ONE),
    "... as OpenAI has it": (
        f'{{"type": "function", "function": {{"name": "weather", "parameters": {ARGUMENTS}}}}}',
        ONE,
    ),
    "... between fences": (f"```json\n{CALL}\n```", ONE),
    "... in thoughts without an end": (f"<think>I look. <tool_call>{CALL}</tool_call>", ONE),
}  # fmt: skip
TEXTS = {
    "a tool that was not offered": '<tool_call>{"name": "rm", "arguments": {}}</tool_call>',
    "an example between backticks": f"Write `<tool_call>{CALL}</tool_call>`.",
    "... between fences": f"So:\n```\n<tool_call>\n{CALL}\n</tool_call>\n```\nDone.",
    "half a call": '<tool_call>{"name": "weather", "argu',
    "the mark alone": "The mark is <tool_call> there.",
    "no JSON": "<tool_call>weather in Seoul</tool_call> it is",
    "JSON that is no call": '{"name": "Ann", "age": 7}',
    "HTML": "<p>Use <function> and <invoke>.</p>",
    "a list": "[1] says so, [TOOL] does not.",
    "a tag's beginning": "a <tool",
    "code": "[fetch(city)] and functools.partial, functools[0]",
    "Python that is no call": "```tool_code\nweather(city)\n```",
    "a call that is deeper than anybody reads": (
        '<tool_call>{"name": "weather", "arguments": '
        + '{"a":' * 400
        + "1"
        + "}" * 401
        + "</tool_call>"
    ),
    "a call that was cut": f"<tool_call>{CALL[:-2]}",
}


async def listen(settings: Settings, *texts: str, tools: Any = TOOLS) -> list[Any]:
    answer = stream(*(delta(content=text) for text in texts), finish(), DONE)
    options = {"tools": tools} if tools else {}
    async with running(settings, answer):
        return await ask(Prompt("a-model", QUESTION, options=options))


def calls_of(pieces: list[Any]) -> list[tuple[str, Any]]:
    found = [piece for piece in pieces if isinstance(piece, ToolCall)]
    assert len({call.id for call in found}) == len(found)
    return [(call.name, json.loads(call.arguments)) for call in found]


@pytest.mark.parametrize("is_cut", [False, True], ids=["whole", "cut"])
@pytest.mark.parametrize("name", WRITTEN)
async def test_a_call_that_stands_in_the_text_is_one(
    settings: Settings, name: str, is_cut: bool
) -> None:
    text, expected = WRITTEN[name]
    pieces = await listen(settings, *(text if is_cut else [text]))
    assert calls_of(pieces) == expected
    assert join_text(pieces, Text).strip() == ""
    assert [piece.finish_reason for piece in pieces if isinstance(piece, End)] == ["tool_calls"]


async def test_what_is_said_before_a_call_is_shown(settings: Settings) -> None:
    pieces = await listen(settings, "I will look.\n<tool_", f"call>{CALL}</tool_call>\n")
    assert calls_of(pieces) == ONE
    assert join_text(pieces, Text) == "I will look.\n"


@pytest.mark.parametrize("is_cut", [False, True], ids=["whole", "cut"])
@pytest.mark.parametrize("name", TEXTS)
async def test_what_is_no_call_is_text_to_the_last_character(
    settings: Settings, name: str, is_cut: bool
) -> None:
    text = TEXTS[name]
    pieces = await listen(settings, *(text if is_cut else [text]))
    assert calls_of(pieces) == []
    assert join_text(pieces, Text) == text


async def test_without_tools_nothing_is_a_call(settings: Settings) -> None:
    text = f"<tool_call>{CALL}</tool_call>"
    pieces = await listen(settings, text, tools=None)
    assert (calls_of(pieces), join_text(pieces, Text)) == ([], text)


async def test_a_call_that_was_only_thought_of_is_none(settings: Settings) -> None:
    text = f"Shall I? <tool_call>{CALL}</tool_call> No.</think>It rains."
    pieces = await listen(settings, *text)
    assert calls_of(pieces) == []
    assert join_text(pieces, Text) == "It rains."
    assert join_text(pieces, Reasoning).startswith("Shall I?")


async def test_calls_that_a_server_tells_apart_are_those_that_count(settings: Settings) -> None:
    call = {"index": 0, "id": "a", "function": {"name": "time", "arguments": "{}"}}
    text = delta(content=f"<tool_call>{CALL}</tool_call>")
    async with running(settings, stream(text, delta(tool_calls=[call]), finish(), DONE)):
        pieces = await ask(Prompt("a-model", QUESTION, options={"tools": TOOLS}))
    assert calls_of(pieces) == [("time", {})]
    assert join_text(pieces, Text) == ""


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("has_id", [True, False])
async def test_a_name_in_parts_is_one(settings: Settings, size: int, has_id: bool) -> None:
    names = ["weather"[at : at + size] for at in range(0, len("weather"), size)]
    parts = [{"index": 0, "function": {"name": name, "arguments": ""}} for name in names]
    if has_id:
        parts[0]["id"] = "a"
    given = [
        {"index": 0, "function": {"arguments": part}} for part in (ARGUMENTS[:9], ARGUMENTS[9:])
    ]
    sent = [delta(tool_calls=[part]) for part in (*parts, *given)]
    async with running(settings, stream(*sent, finish("tool_calls"), DONE)):
        pieces = await ask(Prompt("a-model", QUESTION, options={"tools": TOOLS}))
    assert calls_of(pieces) == ONE


async def test_two_calls_without_arguments_are_two(settings: Settings) -> None:
    parts = [
        {"index": 0, "function": {"name": name, "arguments": ""}} for name in ("time", "weather")
    ]
    sent = [delta(tool_calls=[part]) for part in parts]
    async with running(settings, stream(*sent, finish("tool_calls"), DONE)):
        pieces = await ask(Prompt("a-model", QUESTION, options={"tools": TOOLS}))
    assert calls_of(pieces) == [("time", {}), ("weather", {})]
