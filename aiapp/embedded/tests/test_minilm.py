"""The built embedding model is replaced when it is damaged, and built once."""

import shutil

from aiapp.embedded.model_servers import minilm
from tests.processes.model_servers import shared_models


def test_a_damaged_model_file_is_built_again(embedding_server, tmp_path):
    shutil.copytree(shared_models(), tmp_path / "models")
    built = minilm.find_model(tmp_path / "models")
    assert built is not None
    built.write_bytes(built.read_bytes()[:1000])
    encoder = minilm.load(tmp_path / "models")
    assert encoder.encode(["it works again"]).shape == (1, 384)


def test_rows_of_like_length_share_a_batch():
    rows = [[0] * n for n in (9, 1, 5, 2, 8, 3, 7, 4, 6, 10)]
    first, second = minilm.batches(rows)
    assert [len(rows[n]) for n in first] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [len(rows[n]) for n in second] == [9, 10]
