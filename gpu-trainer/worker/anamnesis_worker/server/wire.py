"""Request bodies of the Tinker wire.

Fields that are unknown here are ignored, as everywhere on this wire; what would change the meaning of a request is
refused (decoding.py).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt

Id = Annotated[str, Field(min_length=1, max_length=256)]
Path = Annotated[str, Field(min_length=1, max_length=512)]
SeqId = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Numbers = Annotated[list[StrictInt] | list[StrictFloat], Field(union_mode="left_to_right")]


class Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", protected_namespaces=())


class ChunkBody(Wire):
    type: str | None = None
    tokens: list[StrictInt] | None = None


class ModelInputBody(Wire):
    chunks: list[ChunkBody]


class TensorBody(Wire):
    data: Numbers
    dtype: Literal["int64", "float32"]
    shape: list[Annotated[int, Field(strict=True, ge=0)]] | None = None
    sparse_crow_indices: list[StrictInt] | None = None
    sparse_col_indices: list[StrictInt] | None = None


class DatumBody(Wire):
    model_input: ModelInputBody
    loss_fn_inputs: dict[str, TensorBody]


class LossBody(Wire):
    data: list[DatumBody] = Field(min_length=1)
    loss_fn: str
    loss_fn_config: dict[str, Finite] | None = None


class Operation(Wire):
    model_id: Id
    seq_id: SeqId | None = None


class ForwardBody(Operation):
    forward_input: LossBody


class ForwardBackwardBody(Operation):
    forward_backward_input: LossBody


class AdamBody(Wire):
    learning_rate: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1e-4
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.9
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.95
    eps: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1e-12
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    grad_clip_norm: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class OptimStepBody(Operation):
    adam_params: AdamBody | None = None
    optimizer_params: dict[str, object] | None = None


class LoraBody(Wire):
    rank: Annotated[int, Field(strict=True, ge=1, le=4096)] = 32
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] | None = None
    train_mlp: bool = True
    train_attn: bool = True
    train_unembed: bool = True


class CreateModelBody(Wire):
    session_id: Id
    model_seq_id: SeqId
    base_model: Path
    lora_config: LoraBody | None = None
    user_metadata: dict[str, object] | None = None


class ModelIdBody(Wire):
    model_id: Id


class SaveWeightsBody(Operation):
    path: Id
    ttl_seconds: Annotated[int, Field(ge=1)] | None = None
    overwrite: bool = False


class SaveForSamplerBody(Operation):
    path: Id | None = None
    ttl_seconds: Annotated[int, Field(ge=1)] | None = None
    sampling_session_seq_id: SeqId | None = None


class LoadWeightsBody(Wire):
    path: Path
    optimizer: bool
    model_id: Id | None = None
    seq_id: SeqId | None = None
    weights_access_token: str | None = None


class WeightsInfoBody(Wire):
    tinker_path: Path


class CreateSessionBody(Wire):
    tags: list[str] = []
    user_metadata: dict[str, object] | None = None


class SessionBody(Wire):
    session_id: Id


class SamplerSource(Wire):
    """One of the three says whose weights sample."""

    sampling_session_id: Id | None = None
    base_model: Path | None = None
    model_path: Path | None = None


class CreateSamplingSessionBody(Wire):
    session_id: Id
    sampling_session_seq_id: SeqId
    base_model: Path | None = None
    model_path: Path | None = None


class SamplingParamsBody(Wire):
    max_tokens: Annotated[int, Field(strict=True, ge=1)] | None = None
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] | None = None
    stop: str | list[str] | list[StrictInt] | None = None
    temperature: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    top_k: Annotated[int, Field(strict=True, ge=-1)] = -1
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0


class PromptBody(Wire):
    """`cache_key` is an extension: the dialogue whose cache is to be kept for its next turn."""

    prompt: ModelInputBody
    sampling_params: SamplingParamsBody
    num_samples: Annotated[int, Field(strict=True, ge=1)] = 1
    prompt_logprobs: bool | None = None
    topk_prompt_logprobs: Annotated[int, Field(strict=True, ge=0)] = 0
    cache_key: Id | None = None


class SampleBody(PromptBody, SamplerSource):
    seq_id: SeqId | None = None


class SampleBatchBody(SamplerSource):
    requests: list[PromptBody] = Field(min_length=1)
    seq_id: SeqId | None = None


class RetrieveBody(Wire):
    request_id: Id
    allow_metadata_only: bool = False


class TtlBody(Wire):
    ttl_seconds: Annotated[int, Field(ge=1)] | None = None
