"""Speech in recordings, by the packaged model or by a service."""

from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

import av
import pytest
from aiohttp import web

from aiapp.llm.transcription import transcribe
from documents.errors import CorruptFile, TranscriptionFailed
from documents.files import media_types
from documents.parsing.process import Count, PageText, parse
from tests.processes import web_server

SPEECH = Path(__file__).parents[1] / "data/speech.ogg"
CODECS = {".mp3": "libmp3lame", ".m4a": "aac", ".flac": "flac", ".wav": "pcm_s16le"}


def recording(path, silence=0):
    """The speech in the format of the path's ending, after so many seconds of silence."""
    with av.open(str(SPEECH)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream(CODECS[path.suffix], rate=16_000, layout="mono")
        sampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
        pcm = b"".join(
            bytes(out.planes[0])[: out.samples * 2]
            for frame in source.decode(audio=0)
            for out in sampler.resample(frame)
        )
        fifo = av.AudioFifo()
        frame = av.AudioFrame(format="s16", layout="mono", samples=silence * 16_000 + len(pcm) // 2)
        frame.planes[0].update(bytes(silence * 32_000) + pcm)
        frame.rate = 16_000
        fifo.write(frame)
        while piece := fifo.read(stream.frame_size or 1024, partial=True):
            target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    return str(path)


def read(path, media_type, first=1):
    return [item for item in parse(path, media_type, first) if isinstance(item, PageText)]


def test_speech_is_written_down_with_its_times():
    (page,) = read(str(SPEECH), "audio/ogg")
    first, second = page.text.splitlines()
    assert first.startswith("[00:00] The meeting begins")
    assert second.startswith("[00:0")
    assert "the yearly report" in second


@pytest.mark.parametrize("suffix", [".mp3", ".m4a"])
def test_the_usual_formats_are_known_and_read(suffix, tmp_path):
    path = recording(tmp_path / f"speech{suffix}")
    with Path(path).open("rb") as file:
        media_type = media_types.detect_format(f"speech{suffix}", file).media_type
    assert "The meeting begins" in read(path, media_type)[0].text


def test_a_long_recording_is_read_in_stretches_and_goes_on_from_one(tmp_path):
    path = recording(tmp_path / "long.flac", silence=132)
    items = list(parse(path, "audio/flac"))
    assert items[0] == Count(2)
    assert items[1].text == ""
    assert items[2].text.startswith("[02:1")
    assert read(path, "audio/flac", first=2) == items[2:]


@pytest.mark.parametrize(
    "data",
    [b"", b"fLaC", SPEECH.read_bytes()[:40], b"RIFF\xff\xff\xff\xffWAVEfmt " + bytes(40)],
    ids=["empty", "a mark alone", "cut off", "an endless claim"],
)
def test_a_broken_recording_is_told_as_such(data, tmp_path):
    path = tmp_path / "broken"
    path.write_bytes(data)
    with pytest.raises(CorruptFile):
        read(str(path), "audio/wav")


def form_of(content_type, body):
    """A multipart form's fields; of a file its name and size."""
    # The whole body at once: aiohttp's own reader of forms warns when a boundary is cut in two.
    form = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\n\n".encode() + body)
    fields = {}
    for part in form.iter_parts():
        data = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        fields[name] = (part.get_filename(), len(data)) if part.get_filename() else data.decode()
    return fields


class Service:
    """An endpoint that answers in turn what it is told to, and keeps what it was asked."""

    def __init__(self, server):
        self.answers, self.asked, self.keys = [], [], []
        server.pages["/v1/audio/transcriptions"] = self.answer

    async def answer(self, request):
        self.keys.append(request.headers["Authorization"])
        self.asked.append(form_of(request.headers["Content-Type"], await request.read()))
        status, body = self.answers.pop(0)
        return web.json_response(body, status=status)


@pytest.fixture
def service(settings):
    with web_server.running("127.0.0.1") as server:
        settings.TRANSCRIPTION_MODEL = "whisper-1"
        settings.TRANSCRIPTION_BASE_URL = server.url("/v1")
        settings.TRANSCRIPTION_API_KEY = "its key"
        yield Service(server)


RESPONSE = {
    "text": "One. Two.",
    "language": "korean",
    "segments": [
        {"start": 0.0, "end": 2.5, "text": " 하나."},
        {"start": 3725.2, "end": 3727, "text": " 둘."},
    ],
}


def test_a_service_is_asked_where_one_is_configured(service):
    service.answers = [(200, RESPONSE)]
    (page,) = read(str(SPEECH), "audio/ogg")
    assert page.text == "[00:00] 하나.\n[1:02:05] 둘."
    assert service.asked == [
        {
            "model": "whisper-1",
            "response_format": "verbose_json",
            "file": ("recording.ogg", SPEECH.stat().st_size),
        }
    ]
    assert service.keys == ["Bearer its key"]


def test_a_model_that_tells_no_times_is_asked_for_the_text(service):
    service.answers = [(400, {"error": {"message": "verbose_json?"}}), (200, {"text": "All."})]
    (page,) = read(str(SPEECH), "audio/ogg")
    assert page.text == "All."
    assert [each["response_format"] for each in service.asked] == ["verbose_json", "json"]


def test_where_the_time_of_a_segment_cannot_be_read_the_whole_text_is_taken(service):
    segments = [{"start": 0, "end": 1, "text": "All"}, {"start": "now", "end": 2, "text": "of it."}]
    service.answers = [(200, {"text": "All of it.", "segments": segments})]
    (page,) = read(str(SPEECH), "audio/ogg")
    assert page.text == "All of it."


def test_the_language_is_passed_on(service):
    service.answers = [(200, RESPONSE)]
    told = transcribe(str(SPEECH), "a.ogg", "ko")
    assert (told.language, told.segments[1].start) == ("korean", 3725.2)
    assert service.asked[0]["language"] == "ko"


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([(401, {})], "refused access"),
        ([(413, {})], "too long"),
        ([(400, {})] * 2, "too long"),
        ([(503, {})] * 3, "is not responding"),
        ([(429, {})] * 3, "busy"),
        ([(200, {"segments": []})], "unusable answer"),
        ([(200, [1])], "unusable answer"),
    ],
)
def test_a_service_that_fails_is_told_in_a_sentence_without_its_words(service, answers, sentence):
    service.answers = list(answers)
    with pytest.raises(TranscriptionFailed, match=sentence) as failed:
        read(str(SPEECH), "audio/ogg")
    assert failed.value.retryable
    assert service.answers == []


def test_without_a_service_that_answers_nothing_waits_forever(settings):
    settings.TRANSCRIPTION_MODEL = "whisper-1"
    settings.TRANSCRIPTION_BASE_URL = "http://127.0.0.1:1/v1"
    with pytest.raises(TranscriptionFailed):
        read(str(SPEECH), "audio/ogg")
