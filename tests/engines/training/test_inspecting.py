"""What a folder must be to count as a backbone: read as bytes, refused with a code, nothing in it is run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from modeling.training import backbones
from modeling.training.failures import Refused
from modeling.training.inspecting import PROVEN, Inspection, inspect
from modeling.training.methods import METHODS
from modeling.training.needs import Size, inference_bytes, moving, training_bytes, training_flops
from tests.engines.training.architectures import PACKED, PADDED, make_model
from tests.engines.training.tiny import WORDS, make_folder


def look(folder: Path, root: Path | None = None) -> Inspection:
    return inspect("tiny", folder, root or folder.parent)


def refused(folder: Path) -> Refused:
    with pytest.raises(Refused) as caught:
        look(folder)
    return caught.value


def test_the_facts_of_a_folder(tmp_path: Path) -> None:
    found = look(make_folder(tmp_path / "tiny"))
    rows = len(WORDS)
    assert (found.architecture, found.hidden_size, found.vocabulary, found.layers) == ("bert", 32, rows, 2)
    assert (found.parameters, found.embedding) == (rows * 32 + 32 * 64, rows * 32)
    assert found.weight_bytes == (tmp_path / "tiny" / "model.safetensors").stat().st_size
    assert found.digest == backbones.folder_digest(tmp_path / "tiny")


def test_the_shipped_backbone_passes() -> None:
    found = inspect(backbones.SHIPPED, None, None)
    assert (found.parameters, found.embedding, found.layers) == (22713728, 30522 * 384, 6)


@pytest.mark.parametrize("kind", ["bert", "modernbert", "gpt2", "xlnet"])
def test_the_four_types_are_read_by_their_headers(kind: str, tmp_path: Path) -> None:
    """Real files of small models made on the spot, with a tokenizer of as many words as they have rows."""
    made = make_model(kind, tmp_path / kind)
    words(made.folder, made.vocabulary)
    found = look(made.folder)
    assert (found.architecture, found.hidden_size, found.vocabulary) == (kind, 32, made.vocabulary)
    assert (found.layers, found.embedding) == (2, made.vocabulary * 32)
    assert kind in PROVEN


def words(folder: Path, count: int) -> None:
    from tokenizers import Tokenizer, models

    vocabulary = {f"w{at}": at for at in range(count)}
    Tokenizer(models.WordLevel(vocabulary, unk_token="w0")).save(str(folder / "tokenizer.json"))


def test_proven_architectures_are_those_the_tests_try() -> None:
    assert set(PACKED) | set(PADDED) == PROVEN


@pytest.mark.parametrize("name", ["pytorch_model.bin", "extra/optimizer.PT", "training_args.bin", "a.pkl"])
def test_pickled_weights_are_refused_even_beside_good_ones(name: str, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "tiny")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"\x80\x04.")
    error = refused(folder)
    assert error.code == "backbone.pickle"
    assert name in error.en
    assert name in error.zh


def test_code_of_its_own_is_refused(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "one", auto_map={"AutoModel": "modeling_x.X"})
    assert refused(folder).code == "backbone.remote_code"
    folder = make_folder(tmp_path / "two")
    (folder / "tokenizer_config.json").write_text(json.dumps({"auto_map": {"AutoTokenizer": ["t.T", None]}}))
    assert refused(folder).code == "backbone.remote_code"
    folder = make_folder(tmp_path / "three")
    (folder / "modeling_x.py").write_text("raise SystemExit")
    assert refused(folder).code == "backbone.remote_code"


@pytest.mark.parametrize("count", [len(WORDS) + 1, len(WORDS) // 2, 1])
def test_a_tokenizer_of_another_model_is_refused(count: int, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "tiny")
    words(folder, count)
    error = refused(folder)
    assert error.code == "backbone.bad_tokenizer"
    assert f"{count} tokens for {len(WORDS)} rows" in error.en


def test_a_missing_or_broken_file_has_its_own_code(tmp_path: Path) -> None:
    for number, (name, content, code) in enumerate(
        (
            ("tokenizer.json", None, "backbone.no_tokenizer"),
            ("tokenizer.json", b"{}", "backbone.bad_tokenizer"),
            ("model.safetensors", None, "backbone.no_safetensors"),
            ("model.safetensors", b"weights", "backbone.bad_weights"),
            ("config.json", None, "backbone.not_found"),
            ("config.json", b"[1]", "backbone.unreadable"),
            ("config.json", b"{", "backbone.unreadable"),
        )
    ):
        folder = make_folder(tmp_path / str(number))
        (folder / name).unlink()
        if content is not None:
            (folder / name).write_bytes(content)
        assert refused(folder).code == code, (name, content)


def test_cut_off_weights_are_refused(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "tiny")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-100])
    assert refused(folder).code == "backbone.bad_weights"


def test_an_index_that_names_a_missing_part_is_refused(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "tiny")
    index = {"weight_map": {"encoder.layer.1.output.dense.weight": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert refused(folder).code == "backbone.bad_weights"


def test_weights_for_another_vocabulary_are_refused(tmp_path: Path) -> None:
    assert refused(make_folder(tmp_path / "tiny", vocab_size=99)).code == "backbone.bad_weights"


def test_an_encoder_decoder_is_refused(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "tiny", model_type="t5", is_encoder_decoder=True)
    assert refused(folder).code == "backbone.unsupported"


def test_links_may_not_lead_out_of_the_root(tmp_path: Path) -> None:
    outside = make_folder(tmp_path / "outside")
    folder = make_folder(tmp_path / "root" / "tiny")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to(outside / "model.safetensors")
    assert refused(folder).code == "backbone.link_outside"
    (tmp_path / "root" / "whole").symlink_to(outside)
    with pytest.raises(Refused, match=r"backbone\.link_outside"):
        look(tmp_path / "root" / "whole", tmp_path / "root")
    beside = make_folder(tmp_path / "root" / "beside")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to(beside / "model.safetensors")
    assert look(folder).architecture == "bert"


def test_a_hub_id_is_fetched_only_where_that_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(backbones, "_cached", lambda name: tmp_path / "x" if asked else None)
    monkeypatch.setattr(backbones, "fetch", asked.append)
    with pytest.raises(Refused, match=r"backbone\.not_found"):
        inspect("some/model", None, None)
    assert asked == []
    make_folder(tmp_path / "x")
    assert inspect("some/model", None, None, fetch=True).architecture == "bert"
    assert asked == ["some/model"]


def test_looking_loads_no_torch_and_speaks_one_line(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "tiny")
    question = {
        "call": "inspect",
        "order": {"name": "tiny", "folder": str(folder), "root": str(tmp_path), "fetch": False},
    }
    code = (
        "import sys; from modeling.training import desk; desk.main(0);"
        " print([m for m in ('torch', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(question), capture_output=True, text=True, check=True
    )
    made, loaded = done.stdout.splitlines()
    assert json.loads(made)["made"]["architecture"] == "bert"
    assert loaded == "[]"


MINILM = Size(22_713_728, 30522 * 384, 6, 384, 1536)


def test_counted_shares_are_those_that_were_measured() -> None:
    """Of MiniLM's weights, per cent: the table of docs/concepts/training.md, taken from runs."""
    measured = {
        "full": 47.7, "freeze": 23.4, "lora": 2.8, "adalora": 2.1, "ia3": 0.07, "adapter": 1.3, "prefix": 0.2,
        "prompt": 0.02, "ptuning": 0.3, "head": 0.6,
    }  # fmt: skip
    assert set(measured) == set(METHODS)
    for method, share in measured.items():
        found = 100 * moving(MINILM, method) / MINILM.parameters
        assert found == pytest.approx(share, rel=0.2), method


def test_needs_grow_with_what_moves() -> None:
    memory = {method: training_bytes(MINILM, method, 1000) for method in METHODS}
    assert memory["head"] < memory["prompt"] < memory["lora"] < memory["freeze"] < memory["full"]
    assert inference_bytes(MINILM, 100) < memory["head"]
    full = training_flops(MINILM, "full", 1000)
    assert full == pytest.approx(6 * MINILM.multiplied * 1000)
    assert training_flops(MINILM, "head", 1000) < training_flops(MINILM, "lora", 1000) < full
