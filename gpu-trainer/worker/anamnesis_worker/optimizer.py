"""AdamW whose settings come whole with every step and whose moments can be saved and restored by name."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from . import distributed
from .types import AdamParams, WorkerError

MOMENTS = ("exp_avg", "exp_avg_sq")


class NamedAdamW:
    """PyTorch's AdamW over named parameters."""

    def __init__(self, parameters: Mapping[str, torch.nn.Parameter]) -> None:
        self._parameters = parameters
        self._adamw = torch.optim.AdamW(list(parameters.values()), foreach=True)

    def step(self, params: AdamParams) -> float:
        """Clips, applies, and gives the gradients' global norm before clipping; applies nothing if it is not finite."""
        limit = params.grad_clip_norm or math.inf
        norm = float(distributed.full(clip_grad_norm_(self._parameters.values(), limit, foreach=True)))
        if math.isfinite(norm):
            for group in self._adamw.param_groups:
                group["lr"] = params.learning_rate
                group["betas"] = (params.beta1, params.beta2)
                group["eps"] = params.eps
                group["weight_decay"] = params.weight_decay
            self._adamw.step()
        return norm

    def state(self) -> dict[str, Tensor]:
        """Whole moments and step counts; empty before the first step. Every rank must ask."""
        tensors: dict[str, Tensor] = {}
        for name, parameter in self._parameters.items():
            for key, value in self._adamw.state[parameter].items() if parameter in self._adamw.state else ():
                tensors[f"{name}.{key}"] = distributed.full(value)
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """The state that `state` gave; an empty one starts anew."""
        self._adamw.state.clear()
        if not tensors:
            return
        for name, parameter in self._parameters.items():
            moments = {key: torch.zeros_like(parameter) for key in MOMENTS}
            for key, moment in moments.items():
                distributed.assign(moment, tensors[f"{name}.{key}"])
            self._adamw.state[parameter] = {"step": tensors[f"{name}.step"].clone(), **moments}


def check_adam(params: AdamParams) -> None:
    """Refuses settings that AdamW cannot take a step with."""
    for name, low, high in (
        ("learning_rate", 0.0, math.inf),
        ("beta1", 0.0, 1.0),
        ("beta2", 0.0, 1.0),
        ("weight_decay", 0.0, math.inf),
        ("grad_clip_norm", 0.0, math.inf),
    ):
        value = getattr(params, name)
        if not (math.isfinite(value) and low <= value <= high) or (name.startswith("beta") and value == 1):
            raise WorkerError(f"adam_params.{name} is {value}; give a number from {low:g} to {high:g}")
    if not (math.isfinite(params.eps) and params.eps > 0):
        raise WorkerError(f"adam_params.eps is {params.eps}; give a positive number, such as 1e-12")
