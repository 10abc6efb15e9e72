"""A campaign of signals against every part of a site, under load.

    python -m bench.kills.bench_kills [--signals N] [--seconds S] [--seed N] [--pause S]
                                           [--folder F]
    sudo python -m bench.kills.bench_kills --compose FOLDER --url http://localhost [--signals N] …

`manage.py up` serves a fake upstream's answers in a folder of its own; or a compose project does
that runs already, whose settings `bench/kills/compose.py` names. A thousand signals take about
35 minutes, with five answers at a time. Some ask and read, some
upload, and meanwhile KILL, TERM, and STOP with CONT go to every part, alone and in pairs. At the
end, when the site is at rest, all that was accepted is looked for in the database: it ends with 1
if anything was lost, doubled, wrong, unfinished or given a false reason. A folder on a small disk
(`--folder /mnt/small --fill`) is also filled and freed in the middle.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from bench.kills import verdict
from bench.kills.compose import use_compose
from bench.kills.people import Findings, Person
from bench.kills.signals import Campaign, list_targets
from bench.kills.site import EmbeddedSite, Site, run_site

# Answers of about one, four and eight seconds.
MODELS = ["count-20-60", "count-60-60", "count-100-80"]
FILL_SECONDS = 20.0
FREE_BYTES = 64 * 1024
MEGABYTE = 1024 * 1024


def say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


async def run(site: Site, options: argparse.Namespace) -> int:
    findings, ending = Findings(), asyncio.Event()
    askers = [Person(site.url, findings, options.seed + n) for n in range(options.askers)]
    uploaders = [Person(site.url, findings, options.seed - n - 1) for n in range(options.uploaders)]
    for person in (*askers, *uploaders):
        await person.sign_in()
    first = await uploaders[0].upload()
    verdict.wait_for_rest(site, findings)
    if first is None:
        raise SystemExit("No document can be uploaded.")
    campaign = Campaign(list_targets(site), options.seed, options.pause)
    people = [asyncio.create_task(each.ask_on(MODELS, ending)) for each in askers]
    people += [
        asyncio.create_task(each.upload_on(options.upload_pause, ending)) for each in uploaders
    ]
    telling = asyncio.create_task(tell(campaign, findings))
    if options.fill and isinstance(site, EmbeddedSite):
        people.append(asyncio.create_task(fill(site, options.seconds / 2)))
    begun, load = time.monotonic(), os.getloadavg()
    await campaign.run(options.signals, options.seconds)
    telling.cancel()
    ending.set()
    say(f"{campaign.sent.total()} signals in {time.monotonic() - begun:.0f} s; to rest")
    await asyncio.gather(*people)
    rest = await asyncio.to_thread(verdict.wait_for_rest, site, findings)
    found = await asyncio.to_thread(verdict.judge, site, findings, campaign, first)
    say(f"At rest after {rest:.0f} s. Load {load[0]:.1f} before, {os.getloadavg()[1]:.1f} at last")
    print(verdict.describe(found, findings, campaign), flush=True)
    return 0 if found.is_good else 1


async def tell(campaign: Campaign, findings: Findings) -> None:
    while True:
        await asyncio.sleep(60)
        failed = sum(each.state == "failed" for each in findings.answers)
        longest = max((each.seconds for each in findings.answers if each.ended), default=0.0)
        say(
            f"{campaign.sent.total()} signals, {len(findings.answers)} questions,"
            f" {failed} failed, {len(findings.documents)} documents, longest {longest:.0f} s,"
            f" load {os.getloadavg()[0]:.1f}"
        )


async def fill(site: EmbeddedSite, after_seconds: float) -> None:
    """Fill the disk of the site, and free it again."""
    await asyncio.sleep(after_seconds)
    filler = site.data / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        for size in (MEGABYTE, FREE_BYTES // 16):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))
    say(f"The disk is full: {filler.stat().st_size / MEGABYTE:.0f} MB written")
    await asyncio.sleep(FILL_SECONDS)
    filler.unlink()
    say("The disk has room again")


def main() -> None:
    parser = argparse.ArgumentParser(description="Signals against every part of a site.")
    parser.add_argument("--signals", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=3600, help="the longest time for them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=2.5, help="mean seconds between signals")
    parser.add_argument("--askers", type=int, default=4)
    parser.add_argument("--uploaders", type=int, default=1)
    parser.add_argument("--upload-pause", type=float, default=8)
    parser.add_argument("--folder", type=Path, help="where to keep the site; kept afterwards")
    parser.add_argument("--models", type=Path, help="a folder with the packaged models, built")
    parser.add_argument("--fill", action="store_true", help="fill the folder's disk for a while")
    parser.add_argument("--compose", type=Path, help="the folder of a project that runs")
    parser.add_argument("--url", default="http://localhost", help="where that project serves")
    parser.add_argument("--model-port", type=int, default=9000, help="as its .env names it")
    options = parser.parse_args()
    if options.compose:
        folder, port = options.compose.resolve(), options.model_port
        with use_compose(folder, options.url, MODELS, port, say) as project:
            sys.exit(asyncio.run(run(project, options)))
    with tempfile.TemporaryDirectory(prefix="aiapp-kills-") as temporary:
        data = (options.folder or Path(temporary)) / "data"
        data.mkdir(parents=True)
        if options.models:
            (data / "models").symlink_to(options.models.resolve(), target_is_directory=True)
        with run_site(data, MODELS, say) as site:
            code = asyncio.run(run(site, options))
    sys.exit(code)


if __name__ == "__main__":
    main()
