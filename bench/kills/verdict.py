"""The outcome of all that was accepted, as the database has it when the site is at rest again."""

import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench.kills.people import Answer, Findings
from bench.kills.signals import Campaign
from bench.kills.site import Site

REST_SECONDS = 180.0
# A failure so soon after a signal to the model's server has that for a reason.
MODEL_SECONDS = 40.0
MAX_P99_SECONDS, MAX_SECONDS = 20.0, 60.0
MAX_SILENCE_SECONDS = 3.0
FINAL = ("done", "failed", "stopped")
# The reasons that a model's server which is away, or was killed in an answer, has.
MODEL_CODES = {"model_unavailable", "model_away", "broken_answer", "model_error", "turn_timeout"}
# An answer fails as interrupted when so many processes that made it were ended.
RUNNERS = {"web", "web process", "turns", "turns process"}
MAX_ATTEMPTS = 3
# So many of the slowest are told with the signals before.
SLOWEST = 12

SHAPE = """
    SELECT v.state, v.failure_code, v.pages,
        (SELECT count(*) FROM documents_page p WHERE p.version_id = v.id),
        (SELECT coalesce(sum(length(p.text)), 0) FROM documents_page p WHERE p.version_id = v.id),
        (SELECT count(*) FROM documents_chunk c WHERE c.version_id = v.id),
        (SELECT count(DISTINCT c.ordinal) FROM documents_chunk c WHERE c.version_id = v.id),
        (SELECT count(*) FROM documents_chunkvector e
            JOIN documents_chunk c ON c.id = e.chunk_id WHERE c.version_id = v.id)
    FROM documents_version v WHERE v.document_id = %s
"""
TURN = """
    SELECT t.id::text, t.state, t.attempt, t.error_code, m.content
    FROM chat_turn t JOIN chat_message m ON m.id = t.message_id WHERE m.conversation_id = %s
"""
ATTEMPTS = """
    SELECT
        extract(epoch FROM started),
        'attempt ' || number || ' in ' || split_part(runner, ':', 2),
        extract(epoch FROM ended), 'attempt ' || number || ' ends ' || outcome
    FROM chat_attempt WHERE turn_id = %s ORDER BY number
"""


@dataclass
class Verdict:
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        bad = ("lost", "doubled", "wrong text", "false reasons", "unfinished", "odd documents")
        return not any(self.counts[name] for name in bad)


def wait_for_rest(site: Site, findings: Findings) -> float:
    """Wait until everything accepted has ended, and return how long that took."""
    begun = time.monotonic()
    while time.monotonic() - begun < REST_SECONDS:
        try:
            with site.connect() as connection:
                if not _count_unfinished(connection):
                    break
        except psycopg.Error:
            # The database is coming back.
            pass
        time.sleep(1)
    return time.monotonic() - begun


def _count_unfinished(connection: "psycopg.Connection[Any]") -> int:
    row = connection.execute(
        "SELECT (SELECT count(*) FROM chat_turn WHERE state IN ('queued', 'running'))"
        " + (SELECT count(*) FROM documents_version WHERE state IN ('queued', 'processing'))"
    ).fetchone()
    return int(row[0]) if row else 0


def judge(site: Site, findings: Findings, campaign: Campaign, model: str) -> Verdict:
    """Compare what people were promised and shown with what the database holds."""
    verdict = Verdict()
    with site.connect() as connection:
        for answer in findings.answers:
            _judge_answer(connection, answer, campaign, verdict)
        shape = connection.execute(SHAPE, [model]).fetchall()
        for document in findings.documents:
            found = connection.execute(SHAPE, [document]).fetchall()
            if found != shape:
                verdict.counts["odd documents"] += 1
                verdict.odd.append(f"document {document}: {found} instead of {shape}")
    verdict.counts["questions"] = len(findings.answers)
    verdict.counts["documents"] = len(findings.documents)
    return verdict


def _judge_answer(
    connection: "psycopg.Connection[Any]", answer: Answer, campaign: Campaign, verdict: Verdict
) -> None:
    rows = connection.execute(TURN, [answer.conversation]).fetchall()
    messages = connection.execute(
        "SELECT count(*) FROM chat_message WHERE conversation_id = %s", [answer.conversation]
    ).fetchone()
    for begun, how, ended, end in connection.execute(ATTEMPTS, [answer.turn]):
        answer.attempts += [(float(at), what) for at, what in ((begun, how), (ended, end)) if at]
    problem = ""
    if not any(row[0] == answer.turn for row in rows):
        problem = "lost"
    elif len(rows) > 1 or messages != (2,):
        problem = "doubled"
    else:
        _, state, attempt, code, content = rows[0]
        verdict.counts["taken over"] += attempt > 1
        if state not in FINAL or not answer.state:
            problem = "unfinished"
        elif state == "done":
            whole = (answer.expected, answer.expected)
            problem = "" if (content, answer.text) == whole else "wrong text"
        else:
            verdict.counts["failed"] += 1
            verdict.reasons[code] += 1
            problem = "" if _has_cause(answer, code, campaign) else "false reasons"
    if problem:
        verdict.counts[problem] += 1
        verdict.odd.append(f"{problem}: turn {answer.turn} {[row[1:4] for row in rows]}")


def _has_cause(answer: Answer, code: str, campaign: Campaign) -> bool:
    """Tell whether what a failure says has happened in its time."""
    until = answer.ended or time.time()
    if code == "interrupted":
        since = answer.accepted
        ends = [1 for at, name, _ in campaign.log if since <= at <= until and name in RUNNERS]
        return len(ends) >= MAX_ATTEMPTS
    since = answer.accepted - MODEL_SECONDS
    was_away = any(since <= at <= until and name == "model" for at, name, _ in campaign.log)
    return was_away and code in MODEL_CODES


def describe(verdict: Verdict, findings: Findings, campaign: Campaign) -> str:
    """Return the tables of a campaign."""
    signs = ("KILL", "TERM", "STOP")
    lines = [f"{'signals':18}{''.join(f'{sign:>7}' for sign in signs)}"]
    for target in campaign.targets:
        counts = "".join(f"{campaign.sent[target.name, sign]:7}" for sign in signs)
        lines.append(f"{target.name:18}{counts}")
    lines.append(f"{'all':18}{campaign.sent.total():7}")
    lines.append("")
    names = "questions, taken over, failed, lost, doubled, wrong text, false reasons, unfinished"
    counted = [*names.split(", "), "documents", "odd documents"]
    lines += [f"{name:18}{verdict.counts[name]:7}" for name in counted]
    lines.append("")
    times = sorted(each.seconds for each in findings.answers if each.ended)
    silences = sorted(each.silence for each in findings.answers)
    lines.append(f"{'seconds':28}{'p50':>7}{'p99':>7}{'max':>7}{'over':>14}")
    for name, values, bound in (
        ("acceptance to end", times, MAX_P99_SECONDS),
        ("longest silence in an answer", silences, MAX_SILENCE_SECONDS),
    ):
        if values:
            over = sum(value > bound for value in values)
            lines.append(
                f"{name:28}{statistics.median(values):7.1f}{_p99(values):7.1f}{values[-1]:7.1f}"
                f"{over:6} > {bound:3.0f} s"
            )
    for title, found in (
        ("reasons of failures", verdict.reasons),
        ("other answers than 503", findings.refusals),
        ("given up", findings.given_up),
    ):
        if found:
            lines.append(f"{title}: {', '.join(f'{n} {what}' for what, n in found.items())}")
    lines += _describe_aims(verdict, times)
    told = [*verdict.odd[:40], *_describe_slowest(findings, campaign)]
    return "\n".join([*lines, *told, *_describe_latest(findings, campaign)])


def _describe_aims(verdict: Verdict, times: list[float]) -> list[str]:
    if not times:
        return []
    reached = (
        ("nothing lost, doubled, wrong or without a reason", verdict.is_good),
        (f"p99 within {MAX_P99_SECONDS:.0f} s", _p99(times) <= MAX_P99_SECONDS),
        (f"all within {MAX_SECONDS:.0f} s", times[-1] <= MAX_SECONDS),
    )
    return [f"{'reached' if is_reached else 'MISSED':8} {aim}" for aim, is_reached in reached]


def _describe_slowest(findings: Findings, campaign: Campaign) -> list[str]:
    lines = ["the longest silences, and what happened in the seconds before and in them"]
    for answer in sorted(findings.answers, key=lambda each: -each.silence)[:SLOWEST]:
        begun = answer.silent_until - answer.silence
        clock = time.strftime("%H:%M:%S", time.localtime(begun))
        lines.append(f"{answer.silence:6.1f} s from {clock} in {answer.turn}:")
        since = begun - MODEL_SECONDS / 4
        lines += _tell_story(answer, campaign, since, answer.silent_until, begun)
    return lines


def _describe_latest(findings: Findings, campaign: Campaign) -> list[str]:
    """Say what happened to the answers that took longer than nearly all may."""
    lines = []
    ended = [each for each in findings.answers if each.ended]
    for answer in sorted(ended, key=lambda each: -each.seconds)[:SLOWEST]:
        if answer.seconds <= MAX_P99_SECONDS:
            break
        said = f"{answer.seconds:.1f} s until {answer.state or 'nothing'} {answer.error}"
        lines.append(f"{said} in {answer.turn}:")
        since = answer.accepted - MODEL_SECONDS / 8
        lines += _tell_story(answer, campaign, since, answer.ended, answer.accepted)
    return ["the answers that took longest", *lines] if lines else []


def _tell_story(
    answer: Answer, campaign: Campaign, since: float, until: float, zero: float
) -> list[str]:
    """Return the signals, the reader's story and the attempts of a time, in their order."""
    signals = [(at, f"{told} to {name}") for at, name, told in campaign.log]
    happened = sorted([*signals, *answer.story, *answer.attempts])
    told = [f"{at - zero:+.1f} {what}" for at, what in happened if since <= at <= until + 1]
    return ["         " + ", ".join(told)]


def _p99(values: list[float]) -> float:
    return values[min(len(values) - 1, int(len(values) * 0.99))]
