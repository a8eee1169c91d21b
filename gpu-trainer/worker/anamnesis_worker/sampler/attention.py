"""Attention of one new token a row on the CPU, as two plain products: the fused kernel is slower with a mask there.

Everything else goes to transformers' own fused attention, of which this is a variant under another name.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward

NAME = "anamnesis_step"
EXACT = (torch.float32, torch.float64)
"""Narrower types keep the fused kernel, which adds up in float32."""


def use(module: PreTrainedModel) -> None:
    """Has the model attend this way, if it attends by the fused kernel on the CPU now."""
    if module.device.type == "cpu" and module.dtype in EXACT and module.config._attn_implementation == "sdpa":
        AttentionInterface.register(NAME, _attend)
        module.set_attn_implementation(NAME)


def _attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    rows, heads, width, head_dim = query.shape
    if width > 1 or attention_mask is None or scaling is None or dropout:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
        )
    shared = key.shape[1]
    grouped = query.reshape(rows, shared, heads // shared, head_dim) * scaling
    weights = torch.softmax(torch.matmul(grouped, key.transpose(2, 3)).add_(attention_mask), dim=-1)
    return torch.matmul(weights, value).reshape(rows, 1, heads, head_dim), None
