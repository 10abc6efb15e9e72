"""A mail server that speaks as much of IMAP4rev1 as reading a folder takes (RFC 3501)."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from documents.tests.source_servers import Place, place

PASSWORD = "mail-password-9"
DATE = "04-May-2026 10:00:00 +0000"
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


@dataclass
class Mail:
    password: str = PASSWORD
    validity: int = 7
    next_uid: int = 1
    letters: dict[int, bytes] = field(default_factory=dict)
    # Whether somebody has opened a folder in a way that marks letters as read.
    was_changed: bool = False
    capabilities: str = "IMAP4rev1"
    # What clients have told to be let in.
    told: list[str] = field(default_factory=list)

    def add(self, subject: str, text: str) -> int:
        letter = EmailMessage()
        letter["Subject"], letter["From"] = subject, "Anna <anna@example.org>"
        letter.set_content(text)
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.letters[uid] = letter.as_bytes().replace(b"\n", b"\r\n")
        return uid


class _Talk(socketserver.StreamRequestHandler):
    """One conversation with a client."""

    mail: Mail

    def handle(self) -> None:
        self._say("* OK ready")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            words = [a or b for a, b in QUOTED.findall(rest)]
            command = words[0].upper()
            if command == "UID":
                command = f"UID {words[1].upper()}"
            if not self._answer(tag, command, words, rest):
                return

    def _answer(self, tag: str, command: str, words: list[str], rest: str) -> bool:
        mail = self.mail
        if command == "CAPABILITY":
            self._say(f"* CAPABILITY {mail.capabilities}")
        elif command == "LOGIN" and not self._let_in(words[1:]):
            self._say(f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials")
            return True
        elif command in {"SELECT", "EXAMINE"}:
            if words[1] not in {"INBOX", "Gr&APwA3w-e"}:
                self._say(f"{tag} NO [NONEXISTENT] Unknown mailbox")
                return True
            mail.was_changed |= command == "SELECT"
            self._say(f"* {len(mail.letters)} EXISTS", f"* OK [UIDVALIDITY {mail.validity}] valid")
        elif command == "UID SEARCH":
            self._say("* SEARCH " + " ".join(map(str, sorted(mail.letters))))
        elif command == "UID FETCH":
            self._fetch(words[2], rest)
        elif command == "LOGOUT":
            self._say("* BYE", f"{tag} OK")
            return False
        self._say(f"{tag} OK done")
        return True

    def _let_in(self, told: list[str]) -> bool:
        self.mail.told += told
        return told == ["anna", self.mail.password]

    def _fetch(self, numbers: str, rest: str) -> None:
        letters = self.mail.letters
        for number, uid in enumerate(sorted(letters), 1):
            if str(uid) not in numbers.split(","):
                continue
            letter = letters[uid]
            if "HEADER.FIELDS" in rest:
                body = letter.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
                told = f'UID {uid} RFC822.SIZE {len(letter)} INTERNALDATE "{DATE}" BODY[HEADER]'
            else:
                self.mail.was_changed |= "PEEK" not in rest
                body, told = letter, f"UID {uid} BODY[]<0>"
            self.wfile.write(f"* {number} FETCH ({told} {{{len(body)}}}\r\n".encode())
            self.wfile.write(body + b")\r\n")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@contextmanager
def running() -> Iterator[tuple[Mail, int]]:
    mail = Mail()
    talk = type("Talk", (_Talk,), {"mail": mail})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), talk) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield mail, server.server_address[1]
        server.shutdown()
        thread.join()


@place("imap")
def make_mailbox(path: Path) -> Iterator[Place]:
    with running() as (mail, port):
        uids: dict[str, int] = {}

        def write(name: str, text: str) -> None:
            if name in uids:
                remove(name)
            uids[name] = mail.add(name, text)

        def remove(name: str) -> None:
            del mail.letters[uids.pop(name)]

        def refuse(refused: bool) -> None:
            mail.password = "another" if refused else PASSWORD

        fields: dict[str, Any] = {
            "address": f"imap://127.0.0.1:{port}",
            "username": "anna",
            "credential": PASSWORD,
            "options": {"folder": "Grüße"},
        }
        yield Place(
            "imap",
            fields,
            write,
            remove,
            None,
            refuse,
            name=lambda each: f"2026-05-04 {each.replace('/', ' ')}.eml",
            is_immutable=True,
            server=mail,
        )
        assert not mail.was_changed
