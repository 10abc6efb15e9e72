"""Google Drive's API, as far as reading a folder takes, with pages of two files."""

import json
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from documents.tests.source_servers import Place, place
from documents.tests.source_servers.wsgi import Request, Vendor, serving

ROOT, FOLDER = "root-folder", "application/vnd.google-apps.folder"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()


class Drive:
    def __init__(self) -> None:
        self.files: dict[str, dict[str, Any]] = {}
        self.texts: dict[str, str] = {}
        self.is_revoked = False
        self.issued = 0

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.path == "/token":
            return self._issue(request)
        if request.token != f"Bearer token-{self.issued}" or self.is_revoked:
            return 401, {"error": {"code": 401, "errors": [{"reason": "authError"}]}}
        if request.path == "/drive/v3/files":
            return self._list(request)
        key = request.path.split("/")[4]
        if key not in self.texts:
            return 404, {"error": {"code": 404, "errors": [{"reason": "notFound"}]}}
        return 200, self.texts[key].encode()

    def _issue(self, request: Request) -> tuple[int, Any]:
        claims = jwt.decode(
            request.form["assertion"], KEY.public_key(), ["RS256"], audience=f"{self.url}/token"
        )
        if self.is_revoked or claims["iss"] != "reader@example.org":
            return 400, {"error": "invalid_grant", "error_description": "Account not found"}
        self.issued += 1
        return 200, {"access_token": f"token-{self.issued}", "expires_in": 3599}

    def _list(self, request: Request) -> tuple[int, Any]:
        assert request.query["includeItemsFromAllDrives"] == "true"
        folder = request.query["q"].split("'")[1]
        found = [each for each in self.files.values() if each["parents"] == [folder]]
        found.sort(key=lambda each: each["name"])
        at = int(request.query.get("pageToken", "0"))
        page = {"files": found[at : at + 2]}
        if at + 2 < len(found):
            page["nextPageToken"] = str(at + 2)
        return 200, page

    url = ""

    def find(self, name: str, parent: str) -> str | None:
        return next(
            (
                key
                for key, each in self.files.items()
                if each["name"] == name and each["parents"] == [parent]
            ),
            None,
        )

    def folder_of(self, path: str) -> tuple[str, str]:
        parent = ROOT
        *folders, name = path.split("/")
        for folder in folders:
            key = self.find(folder, parent)
            if key is None:
                key = f"id-{len(self.files)}"
                self.files[key] = {
                    "id": key,
                    "name": folder,
                    "mimeType": FOLDER,
                    "parents": [parent],
                }
            parent = key
        return parent, name

    def write(self, path: str, text: str) -> None:
        parent, name = self.folder_of(path)
        key = self.find(name, parent) or f"id-{len(self.files)}"
        self.files[key] = {
            "id": key,
            "name": name,
            "mimeType": "text/markdown",
            "parents": [parent],
            "md5Checksum": md5(text.encode(), usedforsecurity=False).hexdigest(),
            "size": str(len(text.encode())),
            "modifiedTime": "2026-05-04T10:00:00.000Z",
            "webViewLink": f"https://drive.google.com/file/d/{key}/view",
        }
        self.texts[key] = text

    def remove(self, path: str) -> None:
        parent, name = self.folder_of(path)
        key = self.find(name, parent)
        assert key is not None
        del self.files[key], self.texts[key]

    def move(self, path: str, to: str) -> None:
        parent, name = self.folder_of(path)
        key = self.find(name, parent)
        assert key is not None
        above, new = self.folder_of(to)
        self.files[key] |= {"name": new, "parents": [above]}


@place("google_drive")
def make_drive(path: Path) -> Iterator[Place]:
    drive = Drive()

    def refuse(refused: bool) -> None:
        drive.is_revoked = refused

    vendor = Vendor(drive.answer)
    with serving(vendor) as url:
        drive.url = url
        credential = json.dumps(
            {
                "type": "service_account",
                "client_email": "reader@example.org",
                "private_key": PEM,
                "token_uri": f"{url}/token",
            }
        )
        fields = {"address": url, "credential": credential, "options": {"folder": ROOT}}
        yield Place(
            "google_drive",
            fields,
            drive.write,
            drive.remove,
            drive.move,
            refuse,
            vendor=vendor,
        )
