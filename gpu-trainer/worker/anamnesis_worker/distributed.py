"""One model over several processes: FSDP2 shards, gradients that are sums over ranks, and whole tensors back.

Every rank makes the same calls in the same order with the same data. In a single process each function does nothing.
Processes exchange tensors only; nothing is pickled.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from .types import ErrorCategory, WorkerError


def start(device: str) -> torch.device:
    """This process's device ("cpu" or "cuda"); under `torchrun` joins the group, gloo on the CPU, NCCL on GPUs."""
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise WorkerError("device is cuda, and PyTorch finds no GPU; use cpu", ErrorCategory.SERVER)
    if not dist.is_torchelastic_launched():
        return torch.device(device)
    own = torch.device("cpu") if device == "cpu" else torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    if own.type == "cuda":
        torch.cuda.set_device(own)
    if not dist.is_initialized():
        dist.init_process_group("gloo" if own.type == "cpu" else "cpu:gloo,cuda:nccl")
    return own


def stop() -> None:
    """Leaves the process group, if there is one."""
    if dist.is_initialized():
        dist.destroy_process_group()


def world() -> int:
    """How many processes hold the model."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """This process's number, 0 for the one that answers."""
    return dist.get_rank() if dist.is_initialized() else 0


def shard(root: nn.Module, layers: Iterable[nn.Module], compute: torch.dtype | None) -> None:
    """Shards every layer and the root; `compute` is the type that whole weights are gathered in, None for their own."""
    if world() == 1:
        return
    policy = MixedPrecisionPolicy(param_dtype=compute, reduce_dtype=None if compute is None else torch.float32)
    for part in (*layers, root):
        fully_shard(part, mp_policy=policy, reshard_after_forward=True)
    for part in root.modules():
        if isinstance(part, FSDPModule):
            # Losses are sums over tokens, so gradients are sums over ranks: FSDP's mean is undone.
            part.set_gradient_divide_factor(1.0)
            part.set_force_sum_reduction_for_comms(True)


def full(tensor: Tensor) -> Tensor:
    """The whole of a tensor; every rank must ask."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


@torch.no_grad()
def assign(target: Tensor, value: Tensor) -> None:
    """Copies this rank's part of the whole `value` into `target`."""
    value = value.to(device=target.device, dtype=target.dtype)
    if isinstance(target, DTensor):
        value = distribute_tensor(value, target.device_mesh, target.placements, src_data_rank=None)
    target.copy_(value)


def sum_over_ranks(tensors: Sequence[Tensor]) -> None:
    """Adds up each tensor in place over all ranks."""
    if world() > 1:
        for tensor in tensors:
            dist.all_reduce(tensor)


@contextmanager
def agreed() -> Iterator[None]:
    """What fails in here on one rank fails on all, so that none goes on alone; every rank must come through."""
    fault: WorkerError | None = None
    try:
        yield
    except WorkerError as error:
        fault = error
    flag = torch.tensor(int(fault is not None))
    sum_over_ranks([flag])
    if flag:
        raise fault or WorkerError("another process of this worker failed; its log says why", ErrorCategory.SERVER)
