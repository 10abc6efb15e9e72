"""The site can be installed as an app, and what is kept of it on a device is nobody's."""

import json
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

ROOT = Path(settings.BASE_DIR)
# As npm in the tests of scripts, of the virtual environment.
NODE = Path(sys.executable).with_name("node")
# A browser as a worker sees one: what it keeps, and a network that is away.
BROWSER = """
const heard = {}, kept = new Map([["offline-old", []]]), said = {};
globalThis.self = { addEventListener: (name, act) => (heard[name] = act), skipWaiting() {},
  clients: { claim() {} } };
globalThis.location = new URL("https://example.org/service-worker.js");
globalThis.Request = class { constructor(url, options) { Object.assign(this, { url }, options); } };
globalThis.caches = {
  open: async (name) => ({ addAll: async (all) => kept.set(name, all.map((each) => each.url)) }),
  keys: async () => [...kept.keys()],
  delete: async (name) => kept.delete(name),
  match: async (url) => [...kept.values()].flat().includes(url) ? `kept ${url}` : undefined,
};
globalThis.fetch = async () => { throw new TypeError("no network"); };
const happen = async (name, event = {}) => {
  let result;
  const take = (promise) => (result = promise);
  heard[name]({ ...event, waitUntil: take, respondWith: take });
  return result === undefined ? "not touched" : await result;
};
const ask = (path, mode, method = "GET") =>
  happen("fetch", { request: { url: `https://example.org${path}`, mode, method } });
"""


@pytest.fixture
def client() -> Client:
    return Client()


def size_of(path: Path) -> tuple[int, int]:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def test_the_manifest_names_icons_that_are_there_in_their_sizes(client: Client) -> None:
    response = client.get("/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert manifest["start_url"] == "/chat/"
    assert manifest["display"] == "standalone"
    drawn = [icon for icon in manifest["icons"] if icon["type"] == "image/png"]
    assert {(icon["sizes"], icon["purpose"]) for icon in drawn} == {
        ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"),
    }  # fmt: skip
    for icon in drawn:
        file = ROOT / "static" / icon["src"].removeprefix(settings.STATIC_URL)
        assert icon["sizes"] == "{}x{}".format(*size_of(file))


@pytest.mark.parametrize("path", ["/manifest.webmanifest", "/service-worker.js", "/offline/"])
def test_who_only_looks_is_answered(client: Client, path: str) -> None:
    assert client.head(path).status_code == 200


def test_the_worker_keeps_the_offline_page_and_its_style_alone(client: Client) -> None:
    response = client.get("/service-worker.js")
    assert response["Content-Type"].startswith("text/javascript")
    # A worker that is kept itself would keep an old one alive.
    assert "no-cache" in response["Cache-Control"]
    script = response.content.decode()
    [kept] = re.findall(r"const KEPT = \[(.*)\];", script)
    paths = [each.encode().decode("unicode_escape") for each in re.findall(r'"([^"]*)"', kept)]
    assert paths[0] == "/offline/"
    assert all(path.startswith(settings.STATIC_URL) for path in paths[1:])
    assert len(paths) == 3
    # Nothing is put into the cache but by its installation.
    assert script.count("cache.add") == 1
    assert "cache.put" not in script


def test_the_offline_page_is_the_same_for_everybody(client: Client, django_user_model, db) -> None:
    before = client.get("/offline/").content
    client.force_login(django_user_model.objects.create_user("olga"))
    assert client.get("/offline/").content == before
    assert b"olga" not in before
    # What it shows is all that the worker keeps.
    script = client.get("/service-worker.js").content.decode().encode().decode("unicode_escape")
    for address in re.findall(rb'(?:src|href)="(/[^"]*)"', before):
        assert f'"{address.decode()}"' in script


def test_of_all_requests_the_worker_touches_those_for_pages_alone(client: Client) -> None:
    script = client.get("/service-worker.js").content.decode()
    drive = """
      await happen("install");
      await happen("activate");
      said.caches = await caches.keys();
      said.page = await ask("/chat/", "navigate");
      said.form = await ask("/chat/ask/", "navigate", "POST");
      for (const path of ["/chat/news/", "/chat/turns/7/stream/", "/api/me", "/chat/chats/"]) {
        said[path] = await ask(path, "cors");
      }
      said.style = await ask("STYLE", "no-cors");
      console.log(JSON.stringify(said));
    """.replace("STYLE", f"{settings.STATIC_URL}css/site.css")
    done = subprocess.run(
        [NODE, "--input-type=module", "-"],
        check=True, capture_output=True, text=True, timeout=60,
        input=f"{BROWSER}\n{script}\n{drive}",
    )  # fmt: skip
    said = json.loads(done.stdout)
    # What an earlier release kept is gone.
    [cache] = said.pop("caches")
    assert cache.startswith("offline-")
    assert cache != "offline-old"
    assert said.pop("page") == "kept /offline/"
    assert said.pop("style") == f"kept {settings.STATIC_URL}css/site.css"
    assert set(said.values()) == {"not touched"}
