"""An agent that is built with LangChain answers from what its user may read."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.messages.tool import tool_call

from accounts.models import User
from documents.langchain import CollectionRetriever, CollectionStore, build_agent
from documents.library import collections

pytestmark = pytest.mark.django_db(transaction=True)

DOCUMENTATION = Path(__file__).parents[3] / "docs/langchain.md"
QUESTION = {"messages": [{"role": "user", "content": "When was the mill built?"}]}


class Caller(GenericFakeChatModel):
    """Calls the tool once, and then answers; keeps what it was sent."""

    messages: Iterator[AIMessage | str]
    tools: list[Any]
    sent: list[list[BaseMessage]]

    def bind_tools(self, tools, **more):
        self.tools[:] = tools
        return self

    def _generate(self, messages, *arguments, **more):
        self.sent.append(messages)
        return super()._generate(messages, *arguments, **more)


@pytest.fixture
def model() -> Caller:
    call = tool_call(name="search_documents", args={"query": "mill built"}, id="call-1")
    answers = [AIMessage("", tool_calls=[call]), AIMessage("In 1843.")]
    return Caller(messages=iter(answers), tools=[], sent=[])


@pytest.fixture
def _mill(alice: User, storage, fake) -> None:
    store = CollectionStore(alice, collections.create(alice, "Notes"))
    store.add_texts(["The mill was built in 1843."], [{"title": "History"}], ids=["history-1"])


@pytest.mark.usefixtures("_mill")
async def test_the_model_is_given_what_the_search_finds(alice, model):
    agent = build_agent(model, CollectionRetriever(user=alice))
    state = await agent.ainvoke(QUESTION)
    assert [tool.name for tool in model.tools] == ["search_documents"]
    assert "quotations" in model.sent[0][0].text
    (found,) = [each for each in state["messages"] if isinstance(each, ToolMessage)]
    assert "The mill was built in 1843." in model.sent[1][-1].text
    assert [passage.id for passage in found.artifact] == ["history-1"]
    assert state["messages"][-1].text == "In 1843."


@pytest.mark.usefixtures("_mill")
def test_the_documented_example_runs(alice, model):
    (example,) = re.findall(r"```python\n([^`]*build_agent.*?)```", DOCUMENTATION.read_text(), re.S)
    names = {"user": alice, "model": model}
    exec(example, names)  # noqa: S102 - our own documentation
    assert names["answer"] == "In 1843."
    assert [passage.id for passage in names["sources"]] == ["history-1"]


@pytest.mark.usefixtures("_mill")
async def test_nobody_elses_documents_are_found(bob, model):
    state = await build_agent(model, CollectionRetriever(user=bob)).ainvoke(QUESTION)
    (found,) = [each for each in state["messages"] if isinstance(each, ToolMessage)]
    assert (found.text, found.artifact) == ("", [])
