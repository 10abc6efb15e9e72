"""A picture is taken in, written anew, shown to a model that sees and to nobody but its owner."""

import base64
import io
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.models import User
from aiapp.db import in_db
from chat import asking, tasks
from chat.models import Attachment, Conversation, Message
from chat.tests.conftest import reload_turn
from chat.tests.scripted_model import script_model
from chat.turns.accepting.places import AnotherAnswer, Instead, Leaf, NewConversation
from chat.turns.accepting.request import AsBefore, Choices, Question

SECRET = b"taken at 52.5 N 13.4 E by olga"
PNG = "image/png"


def draw(kind: str = "PNG", size: tuple[int, int] = (320, 120), mode: str = "RGB", **how) -> bytes:
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).text((20, 40), "INVOICE 4711", fill="black", font_size=36)
    made = io.BytesIO()
    picture.convert(mode).save(made, kind, **how)
    return made.getvalue()


def take_photo() -> bytes:
    """A JPEG that lies on its side, as a camera says, and tells where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = SECRET.decode()
    return draw("JPEG", exif=exif)


def _deep() -> bytes:
    """Sixteen bits a pixel."""
    made = io.BytesIO()
    Image.new("I;16", (60, 40), 40_000).save(made, "PNG")
    return made.getvalue()


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture(autouse=True)
def _models(settings) -> None:
    settings.CHAT_MODELS = ["worker", "says-seen"]
    settings.MODELS = {
        "worker": {"vision": True},
        "echo": {"vision": False},
        "says-": {"vision": True},
    }


def upload(client: Client, data: bytes, name: str = "a.png"):
    return client.post("/api/attachments", {"file": SimpleUploadedFile(name, data)})


def upload_picture(client: Client, data: bytes | None = None) -> dict:
    answer = upload(client, data or draw(), "a.jpg" if data and data[:1] == b"\xff" else "a.png")
    assert answer.status_code == 201, answer.content
    return answer.json()


async def send(user: User, text: str, ids, model: str = "worker", conversation=None):
    accepted = await asking.ask(
        user,
        Question(text, attachments=ids),
        Choices(model, collections=[]),
        follows=Leaf(conversation.id) if conversation else NewConversation(),
    )
    await asking.outcome(accepted.turn)
    return accepted


def list_data_urls(body) -> list[str]:
    """The data URLs in a request to the model."""
    contents = [message["content"] for message in body["messages"]]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", draw()),
        ("a.jpg", take_photo()),
        ("a.gif", draw("GIF", mode="P")),
        ("a.webp", draw("WEBP")),
        ("deep.png", _deep()),
        ("print.jpg", draw("JPEG", mode="CMYK")),
        ("see-through.png", draw(mode="RGBA")),
    ],
)
def test_each_kind_of_picture_is_written_anew(client: Client, name: str, data: bytes) -> None:
    told = upload(client, data, name).json()
    assert told["filename"] == name
    assert told["media_type"] in {PNG, "image/jpeg"}
    answer = client.get(f"/api/attachments/{told['id']}")
    assert answer.headers["Content-Type"] == told["media_type"]
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (told["width"], told["height"])


def test_what_a_camera_wrote_into_a_picture_is_gone_and_it_stands_upright(client: Client) -> None:
    data = take_photo()
    assert SECRET in data
    told = upload_picture(client, data)
    kept = bytes(Attachment.objects.get().data)
    assert SECRET not in kept
    assert (told["width"], told["height"]) == (120, 320)


def test_a_large_picture_is_made_smaller(client: Client) -> None:
    told = upload_picture(client, draw(size=(5_000, 1_000)))
    assert (told["width"], told["height"]) == (1568, 314)


def _bomb() -> bytes:
    """41 million pixels in a few kilobytes."""
    made = io.BytesIO()
    Image.new("1", (6_500, 6_400)).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("empty.png", b"", 422, "empty_file"),
        ("cut.png", draw()[:200], 422, "corrupt_file"),
        ("cut.jpg", draw("JPEG", size=(900, 900))[:2_000], 422, "corrupt_file"),
        ("noise.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 400, 422, "corrupt_file"),
        ("bomb.png", _bomb(), 422, "picture_too_large"),
        (
            "page.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
            415,
            None,
        ),
        ("page.png", b"<html><script>1</script></html>", 415, None),
        ("scan.tiff", draw("TIFF"), 415, "not_a_picture"),
        ("song.mp3", b"ID3\x04" + b"\x00" * 64, 415, None),
    ],
)
def test_what_is_no_sound_picture_is_refused_with_a_reason(
    client: Client, name: str, data: bytes, status: int, code: str | None
) -> None:
    answer = upload(client, data, name)
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    assert error["message"]
    assert code in {None, error["code"]}
    assert not Attachment.objects.exists()


def test_a_page_hidden_in_a_picture_does_not_survive(client: Client) -> None:
    told = upload_picture(client, draw() + b"<script>alert(document.cookie)</script>")
    assert b"<script>" not in bytes(Attachment.objects.get(id=told["id"]).data)


def test_a_file_larger_than_is_allowed_is_refused(client: Client, settings) -> None:
    settings.PICTURE_MAX_BYTES = 100
    assert upload(client, draw()).status_code == 413


def test_a_picture_is_shown_as_what_it_is_and_can_do_nothing(client: Client) -> None:
    told = upload_picture(client)
    for address in (f"/api/attachments/{told['id']}", f"/chat/attachments/{told['id']}/"):
        headers = client.get(address).headers
        assert headers["Content-Type"] == PNG
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert headers["Cache-Control"] == "no-store"


async def test_a_model_that_sees_gets_the_picture_with_the_question(
    client: Client, alice: User, settings
) -> None:
    picture = await in_db(upload_picture, client)
    async with script_model(settings, lambda _: "An invoice.") as model:
        settings.MODELS = {"worker": {"vision": True}}
        accepted = await send(alice, "What is this?", [picture["id"]])
        follow_up = await send(alice, "Its number?", [], conversation=accepted.conversation)
    assert (await reload_turn(accepted.turn)).message.content == "An invoice."
    first, second = model.requests
    (url,) = list_data_urls(first)
    kept = await in_db(lambda: bytes(Attachment.objects.get().data))
    assert base64.b64decode(url.removeprefix("data:image/png;base64,")) == kept
    assert first["messages"][-1]["content"][-1] == {"type": "text", "text": "What is this?"}
    # A follow-up still sees it, in the place where it was.
    assert list_data_urls(second) == [url]
    assert second["messages"][-1]["content"] == "Its number?"
    assert (await reload_turn(follow_up.turn)).message.content == "An invoice."


async def test_old_pictures_are_named_instead_of_shown(
    client: Client, alice: User, settings
) -> None:
    settings.MEMORY_PICTURES = 1
    pictures = [await in_db(upload_picture, client, draw(size=(100 + n, 90))) for n in range(2)]
    async with script_model(settings, lambda _: "Seen.") as model:
        settings.MODELS = {"worker": {"vision": True}}
        first = await send(alice, "One.", [pictures[0]["id"]])
        await send(alice, "Two.", [pictures[1]["id"]], conversation=first.conversation)
        await send(alice, "Both?", [], conversation=first.conversation)
    last = model.requests[-1]
    assert len(list_data_urls(last)) == 1
    assert "[Picture a.png, not shown again]" in last["messages"][1]["content"]


async def test_a_model_that_cannot_see_says_so_before_anything_is_sent(
    client: Client, alice: User
) -> None:
    picture = await in_db(upload_picture, client)
    answer = await in_db(
        client.post, "/api/conversations", {"title": "a"}, content_type="application/json"
    )
    address = f"/api/conversations/{answer.json()['id']}/messages"
    body = {"content": "What is this?", "attachments": [picture["id"]], "model": "echo"}
    refused = await in_db(client.post, address, body, content_type="application/json")
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "model_cannot_see"
    assert "echo cannot see pictures" in refused.json()["error"]["message"]
    assert not await in_db(Message.objects.exists)


async def test_the_words_of_a_picture_go_to_a_model_that_cannot_see(
    client: Client, alice: User
) -> None:
    picture = await in_db(upload_picture, client)
    read = await in_db(client.post, f"/api/attachments/{picture['id']}/text")
    assert "4711" in read.json()["text"]
    accepted = await send(alice, "Which number?", [picture["id"]], model="echo")
    said = (await reload_turn(accepted.turn)).message.content
    # The model repeats what it was given.
    assert "4711" in said
    assert "<picture " in said
    assert said.strip().endswith("Which number?")


async def test_an_edited_question_keeps_its_pictures(client: Client, alice: User, settings) -> None:
    picture = await in_db(upload_picture, client)
    async with script_model(settings, lambda _: "Seen.") as model:
        settings.MODELS = {"worker": {"vision": True}}
        accepted = await send(alice, "What is this?", [picture["id"]])
        edited = await asking.ask(
            alice, Question("What is that?"), AsBefore(), follows=Instead(accepted.user_message.id)
        )
        await asking.outcome(edited.turn)
    assert len(list_data_urls(model.requests[-1])) == 1
    listed = await in_db(client.get, f"/api/conversations/{accepted.conversation.id}/messages")
    assert [each["id"] for each in listed.json()[0]["attachments"]] == [picture["id"]]


async def test_another_answer_to_a_question_sees_its_pictures(
    client: Client, alice: User, settings
) -> None:
    picture = await in_db(upload_picture, client)
    async with script_model(settings, lambda _: "Seen.") as model:
        settings.MODELS = {"worker": {"vision": True}}
        accepted = await send(alice, "What is this?", [picture["id"]])
        again = await asking.ask(
            alice, Question(""), AsBefore(), follows=AnotherAnswer(accepted.assistant_message.id)
        )
        await asking.outcome(again.turn)
    assert [len(list_data_urls(body)) for body in model.requests] == [1, 1]


async def test_a_foreign_picture_can_neither_be_opened_nor_sent(
    client: Client, alice: User, bob: User
) -> None:
    picture = await in_db(upload_picture, client)
    other = Client()
    await in_db(other.force_login, bob)
    for address in ("/api/attachments/{id}", "/chat/attachments/{id}/"):
        assert (await in_db(other.get, address.format(**picture))).status_code == 404
    for verb, address in (
        ("POST", "/api/attachments/{id}/text"),
        ("DELETE", "/api/attachments/{id}"),
    ):
        answer = await in_db(other.generic, verb, address.format(**picture))
        assert answer.status_code == 404
    body = {"content": "What?", "attachments": [picture["id"]], "model": "worker"}
    conversation = await in_db(Conversation.objects.create, owner=bob, title="b")
    answer = await in_db(
        other.post, f"/api/conversations/{conversation.id}/messages", body,
        content_type="application/json",
    )  # fmt: skip
    assert answer.status_code == 404
    assert not await in_db(Message.objects.exists)


async def test_a_picture_goes_with_its_chat(client: Client, alice: User) -> None:
    picture = await in_db(upload_picture, client)
    accepted = await send(alice, "What is this?", [picture["id"]], model="says-seen")
    deleted = await in_db(client.delete, f"/api/conversations/{accepted.conversation.id}")
    assert deleted.status_code == 204
    gone = await in_db(client.get, f"/api/attachments/{picture['id']}")
    assert gone.status_code == 404

    def later() -> int:
        Conversation.objects.update(deleted=timezone.now() - timedelta(minutes=5))
        Attachment.objects.update(created=timezone.now() - timedelta(days=2))
        tasks.purge_deleted()
        return Attachment.objects.count()

    assert await in_db(later) == 0


def test_a_picture_that_was_never_sent_is_gone_after_a_day(client: Client) -> None:
    old, new = upload_picture(client), upload_picture(client)
    Attachment.objects.filter(id=old["id"]).update(created=timezone.now() - timedelta(days=2))
    tasks.purge_deleted()
    assert [str(each.id) for each in Attachment.objects.all()] == [new["id"]]


async def test_a_picture_that_was_sent_cannot_be_taken_back(client: Client, alice: User) -> None:
    sent, unsent = await in_db(upload_picture, client), await in_db(upload_picture, client)
    await send(alice, "What is this?", [sent["id"]], model="says-seen")
    answers = [
        await in_db(client.delete, f"/api/attachments/{each['id']}") for each in (sent, unsent)
    ]
    assert [answer.status_code for answer in answers] == [409, 204]


def test_a_picture_is_analysed_in_one_request(client: Client, settings) -> None:
    settings.CHAT_MODELS = ["says-an_invoice"]
    body = {"image": SimpleUploadedFile("a.png", draw()), "question": "What is this?"}
    # The default model is blind; one that can see is found.
    answer = client.post("/api/images/analyze", body)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["content"].strip() == "an invoice"
    assert told["model"] == "says-an_invoice"
    assert told["usage"]["total_tokens"] > 0
    body = {"image": SimpleUploadedFile("a.png", draw()), "question": "What?", "model": "echo"}
    refused = client.post("/api/images/analyze", body)
    assert refused.json()["error"]["code"] == "model_cannot_see"


def _build_request(url: str, model: str = "says-seen") -> dict:
    part = {"type": "image_url", "image_url": {"url": url}}
    content = [part, {"type": "text", "text": "What is this?"}]
    return {"messages": [{"role": "user", "content": content}], "model": model}


def test_a_program_sends_pictures_as_data_and_never_as_addresses(client: Client) -> None:
    inside = f"data:{PNG};base64,{base64.b64encode(draw()).decode()}"
    for address in ("/api/chat", "/v1/chat/completions"):
        answered = client.post(address, _build_request(inside), content_type="application/json")
        assert answered.status_code == 200, answered.content
        outside = _build_request("http://127.0.0.1:9/a.png")
        refused = client.post(address, outside, content_type="application/json")
        assert refused.status_code in {400, 422}
        assert "not fetched" in refused.content.decode()
    broken = _build_request(f"data:{PNG};base64,no base64")
    refused = client.post("/api/chat", broken, content_type="application/json")
    assert refused.json()["error"]["code"] == "bad_picture"


@pytest.mark.parametrize(
    ("kind", "write"),
    [
        ("image/jpg", base64.b64encode),
        ("IMAGE/PNG", base64.b64encode),
        ("image/x-png", base64.b64encode),
        ("image/png;charset=utf-8", base64.b64encode),
        ("image/jpeg;name=photo.jpg", base64.b64encode),
        ("image/png", base64.encodebytes),
        ("image/png", base64.urlsafe_b64encode),
        ("image/png", lambda data: base64.b64encode(data).rstrip(b"=")),
        ("image/png", lambda data: quote(base64.b64encode(data)).encode()),
    ],
)
def test_data_urls_are_taken_as_programs_write_them(
    client: Client, kind: str, write: Callable[[bytes], bytes]
) -> None:
    url = f"data:{kind};base64,{write(draw()).decode()}"
    answered = client.post("/api/chat", _build_request(url), content_type="application/json")
    assert answered.status_code == 200, answered.content


@pytest.mark.parametrize(
    "url",
    [
        "data:image/svg+xml;base64," + base64.b64encode(b"<svg xmlns='a'/>").decode(),
        "data:image/png;base64," + base64.b64encode(b"%PDF-1.7").decode(),
        "data:text/html;base64," + base64.b64encode(draw()).decode(),
        "data:image/png;base64,",
        "data:image/png",
        "data:",
    ],
)
def test_what_is_no_picture_is_none_by_its_name(client: Client, url: str) -> None:
    refused = client.post("/api/chat", _build_request(url), content_type="application/json")
    assert refused.status_code in {415, 422}, refused.content


async def test_pictures_of_earlier_messages_of_a_program_are_shown_in_their_places(
    client: Client, alice: User, settings
) -> None:
    inside = f"data:{PNG};base64,{base64.b64encode(draw()).decode()}"
    body = _build_request(inside, "worker")
    body["messages"] += [
        {"role": "assistant", "content": "An invoice."},
        {"role": "user", "content": "Its number?"},
    ]
    async with script_model(settings, lambda _: "4711") as model:
        settings.MODELS = {"worker": {"vision": True}}
        answer = await in_db(client.post, "/api/chat", body, content_type="application/json")
    assert answer.json()["content"] == "4711"
    (request,) = model.requests
    assert len(list_data_urls(request)) == 1
    assert isinstance(request["messages"][1]["content"], list)


async def test_what_a_picture_takes_is_reckoned_with(alice: User, client: Client) -> None:
    picture = await in_db(upload_picture, client)
    accepted = await send(alice, "What is this?", [picture["id"]], model="says-seen")
    told = await in_db(client.get, f"/api/messages/{accepted.assistant_message.id}/prompt")
    question = next(part for part in told.json()["parts"] if part["name"] == "question")
    assert question["tokens"] > 1_000
