"""The list of what is shipped: complete, each thing under a licence that may be shipped."""

import shutil
from pathlib import Path

import pytest

from aiapp.embedded.model_servers.weights import MINILM, SMOLLM2
from scripts import sbom
from tests.processes.site import ROOT


@pytest.fixture(scope="module")
def bill():
    return sbom.make_bill("9.9.9")


def names(bill):
    return {component["name"] for component in sbom.list_all(bill["components"])}


def licence_of(name):
    return [{"name": "a-package", "licenses": sbom.name_licence(name)}]


def test_everything_that_is_shipped_has_a_licence_that_allows_it(bill):
    assert list(sbom.find_faults(bill)) == []


def test_packages_libraries_assets_and_models_are_in_it(bill):
    assert bill["metadata"]["component"]["version"] == "9.9.9"
    found = names(bill)
    assert {"Django", "psycopg", "faster-whisper", "xllamacpp"} <= found
    assert {"katex", "pdfjs-dist", "Liberation fonts", "whisper-tiny.en"} <= found
    # Libraries that a wheel brings along, of which its own licence says nothing.
    assert {"libpq", "libssl", "libx264"} <= found
    # What only developers have is not shipped.
    assert not {"pytest", "djlint", "ruff", "playwright"} & found


def test_a_package_says_in_which_image_it_is(bill):
    parts = {
        component["name"]: {each["value"] for each in component["properties"]}
        for component in bill["components"]
        if component.get("properties")
    }
    assert parts["Django"] == {"site", "speech", "local models", "embedded mode"}
    assert parts["faster-whisper"] == {"speech", "embedded mode"}
    assert parts["rapidocr"] == {"embedded mode"}


def test_models_have_the_licences_that_the_code_knows():
    known = {model["name"]: model["licence"] for model in sbom.read_table()["model"]}
    for weights in (SMOLLM2, MINILM):
        assert known[weights.name] == weights.licence


@pytest.mark.parametrize(
    "licence",
    ["AGPL-3.0-only", "GNU Affero AGPLv3", "MIT AND AGPL-3.0-or-later", "GPL-3.0-only", "", "Mine"],
)
def test_what_may_not_be_shipped_is_found(bill, licence):
    with_more = bill | {"components": [*bill["components"], *licence_of(licence)]}
    (fault,) = sbom.find_faults(with_more)
    assert fault.startswith("a-package ")


@pytest.mark.parametrize("licence", ["MIT OR GPL-3.0-only", "(MIT OR Mine) AND Apache-2.0"])
def test_of_alternatives_one_has_to_be_allowed(licence):
    (component,) = licence_of(licence)
    assert list(sbom.find_licence_faults(component)) == []


def test_a_package_that_is_missing_or_of_another_version_is_found(bill):
    less = [each for each in bill["components"] if each["name"] != "Django"]
    (fault,) = sbom.find_faults(bill | {"components": less})
    assert fault.endswith("installed is None")
    other = [{"name": "Django", "version": "1.0", "licenses": sbom.name_licence("MIT")}]
    (fault,) = sbom.find_faults(bill | {"components": [*less, *other]})
    assert fault.startswith("django is locked at ")
    assert fault.endswith("installed is 1.0")


def test_a_file_that_somebody_copied_without_a_word_is_found(tmp_path: Path):
    vendored = tmp_path / "vendor"
    shutil.copytree(ROOT / sbom.VENDORED, vendored)
    assert list(sbom.find_asset_faults(vendored)) == []
    (vendored / "pdfjs/highlight.min.js").write_text("")
    (vendored / "katex/LICENSE").unlink()
    readme = vendored / "katex/README.md"
    readme.write_text(readme.read_text().replace("0.19.1", "0.20.0", 1))
    missing, version, unnamed = sbom.find_asset_faults(vendored)
    assert missing.endswith("katex/LICENSE is missing")
    assert version.endswith("names another version than 0.19.1")
    assert "highlight.min.js belongs to nothing" in unnamed


def test_it_is_what_cyclonedx_says(bill):
    """A small one: the whole takes the schema a quarter of a minute."""
    few = {"Django", "av"}
    kept = [c for c in bill["components"] if c["name"] in few or "purl" not in c]
    sbom.validate(bill | {"components": kept, "dependencies": []})
    with pytest.raises(ValueError, match="CycloneDX"):
        sbom.validate(bill | {"components": [{"nmae": "x"}]})


def test_no_licence_is_claimed_that_the_owner_has_not_chosen(bill):
    (licence,) = bill["metadata"]["component"]["licenses"]
    assert licence == {"license": {"name": "not chosen yet"}}
    assert "not chosen a licence yet" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert not (ROOT / "LICENSE").exists()
