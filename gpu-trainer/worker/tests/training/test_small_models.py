"""A small model is an ordinary Hugging Face directory, and its tokenizer loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from anamnesis_worker.small_models import make_small_model
from anamnesis_worker.trainer import TrainingModel
from anamnesis_worker.types import AdamParams, Datum, ModelSource, WorkerError

CORPUS = [
    "Do you have a fever? Yes, 38.5 °C since Monday.",
    "Where's the pain?\nIn my chest, it spreads to my left arm.",
] * 4
TEXTS = [*CORPUS[:2], "  two  spaces,\ttabs", "unheard-of dyspnoea?!", "<think>Fever.</think><ask>Since when?</ask>"]
KINDS: tuple[Literal["word", "bpe"], ...] = ("word", "bpe")


@pytest.fixture(params=KINDS)
def directory(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    make_small_model(tmp_path, kind=request.param, corpus=CORPUS, hidden=32, layers=2, heads=2, context=128)
    return tmp_path


def test_it_loads_without_a_network_and_gives_text_back(directory: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForCausalLM.from_pretrained(directory)
    for text in TEXTS:
        if "\t" not in text or tokenizer.backend_tokenizer.model.__class__.__name__ == "BPE":
            assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    assert model.config.eos_token_id == tokenizer.eos_token_id == tokenizer.convert_tokens_to_ids("<|end|>")
    assert len(tokenizer) <= model.config.vocab_size
    assert model.lm_head.weight is model.model.embed_tokens.weight


def test_tags_and_roles_are_single_tokens_and_only_roles_are_special(directory: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(directory)
    for mark in ("<think>", "</diagnosis>", "<ask>", "<examine>", "<|user|>", "<|end|>"):
        assert len(tokenizer(mark)["input_ids"]) == 1
    ids = tokenizer("<|assistant|><ask>Since Monday?</ask><|end|>")["input_ids"]
    assert tokenizer.decode(ids, skip_special_tokens=True) == "<ask>Since Monday?</ask>"


def test_the_tokens_of_a_longer_dialogue_extend_those_of_a_shorter_one(directory: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(directory)
    turns = [
        {"role": "system", "content": "Ask."},
        {"role": "user", "content": "My chest hurts."},
        {"role": "assistant", "content": "<ask>Since when?</ask>"},
        {"role": "user", "content": "Monday."},
    ]
    short = tokenizer.apply_chat_template(turns[:2], add_generation_prompt=True)["input_ids"]
    long = tokenizer.apply_chat_template(turns, add_generation_prompt=True)["input_ids"]
    assert long[: len(short)] == short


def test_equal_seeds_make_equal_files(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_small_model(tmp_path / name, corpus=CORPUS, hidden=32, layers=1, heads=2, seed=seed)
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in "abc"]
    tokenizers = [(tmp_path / name / "tokenizer.json").read_bytes() for name in "abc"]
    assert weights[0] == weights[1] != weights[2]
    assert tokenizers[0] == tokenizers[1] == tokenizers[2]


def test_the_default_size_is_a_few_million_parameters_at_most(tmp_path: Path) -> None:
    words = [f"word{index}" for index in range(9000)]
    parameters = make_small_model(tmp_path, corpus=[" ".join(words)])
    assert 1e6 < parameters < 5e6
    assert len(AutoTokenizer.from_pretrained(tmp_path)) == 8192


def test_it_learns(directory: Path) -> None:
    ids = np.array(AutoTokenizer.from_pretrained(directory)(CORPUS[0] + CORPUS[1])["input_ids"])
    datum = Datum(ids[:-1], {"target_tokens": ids[1:], "weights": np.ones(len(ids) - 1)})
    model = TrainingModel(ModelSource(str(directory)), None)
    losses = []
    for _ in range(40):
        losses.append(model.forward_backward([datum], "cross_entropy", {}).metrics["loss:sum"])
        model.optim_step(AdamParams(learning_rate=1e-2))
    assert losses[-1] < losses[0] / 10


def test_symbols_are_what_stands_between_spaces_numbered_by_appearance(tmp_path: Path) -> None:
    corpus = ["age:30-44 sex=f <fever> ask.E_91", "  sex=f\tno -1.5 <|end|> <ask>fever?</ask>"]
    parameters = make_small_model(tmp_path, kind="symbols", corpus=corpus, hidden=64, layers=2, context=24)
    symbols = ["age:30-44", "sex=f", "<fever>", "ask.E_91", "no", "-1.5", "<ask>fever?</ask>"]
    tokenizer, model = AutoTokenizer.from_pretrained(tmp_path), AutoModelForCausalLM.from_pretrained(tmp_path)
    assert tokenizer(" ".join(symbols))["input_ids"] == list(range(7, 14))
    assert tokenizer.decode(list(range(7, 14))) == " ".join(symbols)
    assert tokenizer("fever <fever>\n<|user|>sex=f<|end|>")["input_ids"] == [1, 9, 4, 8, 2]
    assert tokenizer.decode([4, 8, 13, 2], skip_special_tokens=True) == "sex=f <ask>fever?</ask>"
    assert (len(tokenizer), model.config.vocab_size, model.config.max_position_embeddings) == (14, 14, 24)
    assert parameters < 1e6
    with pytest.raises(WorkerError, match="14 symbols"):
        make_small_model(tmp_path, kind="symbols", corpus=corpus, vocabulary=13)


def test_what_makes_no_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="corpus is empty"):
        make_small_model(tmp_path, corpus=[])
    with pytest.raises(WorkerError, match="corpus is empty"):
        make_small_model(tmp_path, kind="symbols", corpus=[" "])
    with pytest.raises(WorkerError, match="must divide"):
        make_small_model(tmp_path, corpus=CORPUS, hidden=30, heads=4)
