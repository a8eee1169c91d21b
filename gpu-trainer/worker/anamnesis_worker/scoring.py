"""Log-probs of given targets under a causal language model, without ever holding all logits of a batch.

The decoder runs once over the batch; the output head then runs over the positions asked for, a chunk at a time, each
chunk recomputed in the backward pass. Log-softmax is taken in float32, or float64 for a float64 model.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from .models import base_model, decoder_layers
from .types import WorkerError

CHUNK_LOGITS = 1 << 24
"""Most logits held at a time: 64 MiB in float32."""


class Scorer(nn.Module):
    """A causal language model asked only for log-probs; the root that FSDP2 shards."""

    def __init__(self, module: nn.Module, *, checkpointing: bool = False, chunk_logits: int = CHUNK_LOGITS) -> None:
        super().__init__()
        self.module = module
        model = base_model(module)
        self.decoder = [model.get_decoder()]  # in a list, so that it is not registered twice
        self.head = [model.get_output_embeddings()]
        self.chunk = max(1, chunk_logits // model.config.vocab_size)
        if checkpointing:
            for layer in decoder_layers(model):
                layer.forward = partial(checkpoint, layer.forward, use_reentrant=False, preserve_rng_state=False)

    def forward(self, tokens: Tensor, positions: Tensor, targets: Tensor) -> Tensor:
        """M x K log-probs of `targets` at M positions of the flattened B x T `tokens`, padded on the right."""
        hidden = self.decoder[0](input_ids=tokens, use_cache=False).last_hidden_state
        picked = hidden.reshape(-1, hidden.shape[-1]).index_select(0, positions)
        if picked.shape[0] <= self.chunk:
            return self._logprobs(picked, targets)
        pieces = zip(picked.split(self.chunk), targets.split(self.chunk), strict=True)
        if not torch.is_grad_enabled():
            return torch.cat([self._logprobs(h, t) for h, t in pieces])
        return torch.cat(
            [checkpoint(self._logprobs, h, t, use_reentrant=False, preserve_rng_state=False) for h, t in pieces]
        )

    def _logprobs(self, hidden: Tensor, targets: Tensor) -> Tensor:
        logits: Tensor = self.head[0](hidden)
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        return logits.gather(-1, targets) - logits.logsumexp(-1, keepdim=True)

    @torch.no_grad()
    def verify(self, device: torch.device) -> None:
        """Refuses an architecture whose logits are not its head applied to its decoder (scaled or capped logits)."""
        model = base_model(self.module)
        tokens = torch.arange(min(4, model.config.vocab_size), device=device).unsqueeze(0)
        expected = model(input_ids=tokens, use_cache=False).logits
        logits = self.head[0](self.decoder[0](input_ids=tokens, use_cache=False).last_hidden_state)
        if not torch.allclose(logits, expected, rtol=1e-3, atol=1e-4):
            raise WorkerError(
                f"{type(model).__name__} scales or caps its logits, which this worker does not; use another"
            )
