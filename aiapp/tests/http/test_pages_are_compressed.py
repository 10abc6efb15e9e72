"""Pages are sent compressed, with noise in their length; programs' answers are not."""

import gzip

import pytest

pytestmark = pytest.mark.django_db

PAGE = "/accounts/login/"


def test_a_browser_gets_a_compressed_page(client):
    plain = client.get(PAGE)
    small = client.get(PAGE, headers={"accept-encoding": "br, gzip"})
    assert small["Content-Encoding"] == "gzip"
    assert int(small["Content-Length"]) == len(small.content) < len(plain.content) / 2
    assert b"</html>" in gzip.decompress(small.content)
    assert "Accept-Encoding" in small["Vary"]
    assert "Accept-Encoding" in plain["Vary"]


def test_its_length_does_not_tell_how_well_it_compresses(client):
    lengths = {
        len(client.get(PAGE, headers={"accept-encoding": "gzip"}).content) for _ in range(20)
    }
    assert len(lengths) > 5


def test_a_programs_answer_stays_as_it_is(client):
    answer = client.get("/api/openapi.json", headers={"accept-encoding": "gzip"})
    assert not answer.has_header("Content-Encoding")
