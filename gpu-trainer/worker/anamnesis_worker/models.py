"""Causal language models, from a Hugging Face directory or with random weights, and the LoRA adapters on them.

Nothing is ever fetched and nothing is ever unpickled: a directory is read locally and must hold safetensors. Weights
come in float32 (float64 where asked); a narrower type is the business of whoever computes with them.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from peft import LoraConfig as PeftConfig
from peft import PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from safetensors import SafetensorError
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from .distributed import full
from .types import LoraConfig, ModelSource, WorkerError

LORA_ALPHA = 32
ATTENTION_PARTS = ("attn", "attention")
MLP_PARTS = ("mlp", "feed_forward", "ffn")
EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts")


def model_name(source: ModelSource) -> str:
    """The directory's own name, or the architecture's for random weights."""
    if source.directory is not None:
        return Path(source.directory).resolve().name
    return f"random-{source.config.get('model_type', 'model')}"


def load_causal_lm(source: ModelSource, *, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    """The model in evaluation mode on the CPU."""
    model = _from_directory(source.directory) if source.directory is not None else _from_config(source)
    nn.Module.to(model, dtype=dtype)  # the model's own `to` is typed as taking no arguments
    model.eval()
    return model


def untie(model: PreTrainedModel) -> None:
    """Gives the output head a copy of the embeddings it shares, so that each can hold its own values."""
    head, embedding = model.get_output_embeddings(), model.get_input_embeddings()
    if head.weight is embedding.weight:
        head.weight = nn.Parameter(embedding.weight.detach().clone())
        model.config.tie_word_embeddings = False


def add_lora(model: PreTrainedModel, lora: LoraConfig, seed: int) -> PeftModel:
    """Freezes the model and adapts its linear layers; B starts at zero, so the adapted model starts equal to its base.

    An adapted head may be tied to the embeddings: its adapter changes the logits only, and `merged_state` holds both.
    """
    if lora.rank < 1:
        raise WorkerError(f"lora_config.rank is {lora.rank}; give a positive whole number, such as 32")
    if lora.train_mlp and any(getattr(model.config, key, None) for key in EXPERTS):
        raise WorkerError("LoRA does not reach the experts of a mixture of experts here; set train_mlp to false")
    targets = _lora_targets(model, lora)
    if not targets:
        raise WorkerError("lora_config trains nothing: set train_mlp, train_attn or train_unembed")
    settings = PeftConfig(r=lora.rank, lora_alpha=LORA_ALPHA, lora_dropout=0.0, bias="none", target_modules=targets)
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peft warns of tied weights, see above, and of its own calls into transformers
        torch.manual_seed(seed if lora.seed is None else lora.seed)
        adapted = get_peft_model(model, settings)
    assert isinstance(adapted, PeftModel)
    return adapted.eval()


def base_model(module: nn.Module) -> PreTrainedModel:
    """The Hugging Face model itself, adapters in place."""
    inner = module.get_base_model() if isinstance(module, PeftModel) else module
    assert isinstance(inner, PreTrainedModel)
    return inner


def decoder_layers(model: PreTrainedModel) -> nn.ModuleList:
    """The stack of transformer blocks."""
    for child in model.modules():
        if isinstance(child, nn.ModuleList) and len(child) == model.config.num_hidden_layers:
            return child
    raise WorkerError(
        f"{type(model).__name__} has no stack of decoder layers; use a Llama, Qwen or Mistral architecture"
    )


@torch.no_grad()
def merged_state(module: nn.Module) -> dict[str, torch.Tensor]:
    """Copies of all weights under the names of the plain model, W + (alpha / rank) B A where a layer is adapted."""
    model = base_model(module)
    state = {
        name.replace(".base_layer", ""): full(tensor).detach().clone()
        for name, tensor in model.state_dict().items()
        if ".lora_" not in name
    }
    for name, layer in model.named_modules():
        if isinstance(layer, LoraLayer):
            for adapter in layer.active_adapters:
                a, b = (full(pair[adapter].get_parameter("weight")) for pair in (layer.lora_A, layer.lora_B))
                state[f"{name}.weight"] += layer.scaling[adapter] * (b @ a)
    return state


def _from_directory(directory: str) -> PreTrainedModel:
    path = Path(directory)
    if not (path / "config.json").is_file():
        raise WorkerError(f"{directory} holds no config.json; name a Hugging Face model directory on this machine")
    if not any(path.glob("*.safetensors")):
        raise WorkerError(f"{directory} holds no safetensors; convert the weights, pickled files are never read")
    try:
        model = AutoModelForCausalLM.from_pretrained(
            directory, dtype=torch.float32, local_files_only=True, use_safetensors=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as cause:
        raise WorkerError(f"{directory} cannot be loaded as a causal language model: {cause}") from cause
    assert isinstance(model, PreTrainedModel)
    return model


def _from_config(source: ModelSource) -> PreTrainedModel:
    settings = dict(source.config)
    kind = settings.pop("model_type", None)
    if not isinstance(kind, str):
        raise WorkerError('a model without a directory needs a config with "model_type", such as "llama"')
    try:
        config = AutoConfig.for_model(kind, **settings)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(source.seed)
            model = AutoModelForCausalLM.from_config(config, dtype=torch.float32, trust_remote_code=False)
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise WorkerError(f"no causal language model of type {kind} from this config: {cause}") from cause
    assert isinstance(model, PreTrainedModel)
    return model


def _lora_targets(model: PreTrainedModel, lora: LoraConfig) -> list[str]:
    def wanted(name: str, layer: nn.Module) -> bool:
        if layer is model.get_output_embeddings():
            return lora.train_unembed
        parts = name.split(".")[:-1]
        attention = any(word in part for part in parts for word in ATTENTION_PARTS)
        mlp = any(word in part for part in parts for word in MLP_PARTS)
        return (lora.train_attn and attention) or (lora.train_mlp and mlp)

    return [name for name, layer in model.named_modules() if isinstance(layer, nn.Linear) and wanted(name, layer)]
