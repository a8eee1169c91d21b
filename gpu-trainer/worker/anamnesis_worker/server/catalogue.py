"""The base models that a worker offers by name: what their configuration says, and their tokenizer; no weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import AutoConfig, AutoTokenizer, PreTrainedConfig

from ..types import ModelSource, WorkerError
from .refusal import Refusal

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class BaseModel:
    """`end_tokens`: ids at which the model ends its turn by itself."""

    name: str
    source: ModelSource
    architecture: str
    vocab_size: int
    context_length: int
    end_tokens: tuple[int, ...]

    @cached_property
    def tokenizer(self) -> PreTrainedTokenizerBase | None:
        """Of the model's own directory; None for a model made from a configuration alone."""
        if self.source.directory is None or not (Path(self.source.directory) / "tokenizer.json").is_file():
            return None
        return AutoTokenizer.from_pretrained(self.source.directory, local_files_only=True, trust_remote_code=False)


def base_model(path: str, name: str | None = None, seed: int = 0) -> BaseModel:
    """A Hugging Face directory, or a config.json for random weights made with `seed`."""
    location = Path(path)
    if location.is_dir() and (location / "config.json").is_file():
        config = AutoConfig.from_pretrained(str(location), local_files_only=True, trust_remote_code=False)
        source = ModelSource(directory=str(location.resolve()))
        generation = _json(location / "generation_config.json")
        default_name = location.resolve().name
    elif location.is_file() and location.suffix == ".json":
        settings = _json(location)
        config = AutoConfig.for_model(**settings)
        source = ModelSource(config=settings, seed=seed)
        generation = {}
        default_name = location.stem
    else:
        raise WorkerError(f"{path}: neither a model directory (with config.json) nor a configuration (.json)")
    return _describe(name or default_name, source, config, generation)


def _describe(name: str, source: ModelSource, config: PreTrainedConfig, generation: Mapping[str, Any]) -> BaseModel:
    text = config.get_text_config()
    ends = generation.get("eos_token_id", getattr(text, "eos_token_id", None))
    end_tokens = tuple(ends) if isinstance(ends, list) else () if ends is None else (int(ends),)
    return BaseModel(
        name=name,
        source=source,
        architecture=str(config.model_type),
        vocab_size=int(text.vocab_size),
        context_length=int(text.max_position_embeddings),
        end_tokens=end_tokens,
    )


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text())
    except ValueError as error:
        raise WorkerError(f"{path}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise WorkerError(f"{path}: not a JSON object")
    return content


class Catalogue:
    def __init__(self, models: list[BaseModel]) -> None:
        self._models = {model.name: model for model in models}
        if len(self._models) != len(models):
            raise WorkerError("two models have the same name; tell them apart with --name")

    def get(self, name: str) -> BaseModel:
        model = self._models.get(name)
        if model is None:
            raise Refusal(404, f"base model {name!r} is not served here; there is {', '.join(self._models) or 'none'}")
        return model

    def all(self) -> list[BaseModel]:
        return list(self._models.values())
