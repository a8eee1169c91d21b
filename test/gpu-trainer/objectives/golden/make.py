# ruff: noqa: N803, N806  (options are named as in TypeScript, symbols as in the papers)
"""Makes batches.jsonl and cases.jsonl: losses as the papers state them, and PyTorch autograd's gradient of each.

    gpu-trainer/worker/.venv/bin/python test/gpu-trainer/objectives/golden/make.py

A line of cases.jsonl: a batch by name, an objective with its options, and what must come out. Nothing here knows of
token weights. `torch.std` divides by n - 1. Means are over the kept trajectories, or the tokens, of the whole batch.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

torch.set_default_dtype(torch.float64)
HERE = Path(__file__).parent
EPS = 1e-6


@dataclass
class Trajectory:
    reward: float
    sampled: list[float]
    old: list[float]
    reference: list[float]
    current: Tensor
    A: float = 0.0


@dataclass
class Group:
    id: str
    domain: str
    trajectories: list[Trajectory]
    greedy: float | None = None
    baseline: float = 0.0
    kept: bool = True

    @property
    def rewards(self) -> Tensor:
        return torch.tensor([t.reward for t in self.trajectories])

    @property
    def equal(self) -> bool:
        return len({t.reward for t in self.trajectories}) == 1


@dataclass
class Batch:
    groups: list[Group]
    state: dict | None = None

    def kept(self) -> list[Trajectory]:
        return [t for g in self.groups if g.kept for t in g.trajectories]


# Batches. Log-probs have four decimals, so that the file is short and exact.


def tensor(values: list[float]) -> Tensor:
    return torch.tensor(values, requires_grad=True)


def batch(
    seed: int,
    rewards: list[list[float]],
    *,
    lag: float,
    domains: list[str] | None = None,
    greedy: list[float] | None = None,
    history: list[dict] | None = None,
) -> Batch:
    """Ragged lengths; `lag` is how far the policy has moved on, in nats a token."""
    generator = torch.Generator().manual_seed(seed)

    def noise(scale: float, n: int) -> Tensor:
        return scale * torch.randn(n, generator=generator)

    def shortened(values: Tensor) -> list[float]:
        return [round(v, 4) for v in values.tolist()]

    groups = []
    for g, group_rewards in enumerate(rewards):
        trajectories = []
        for reward in group_rewards:
            n = int(torch.randint(1, 6, (1,), generator=generator))
            sampled = -0.05 - 3 * torch.rand(n, generator=generator)
            old = sampled + noise(0.3 if lag > 0.01 else 1e-4, n)
            current = old + noise(lag, n)
            reference = sampled + noise(0.6, n)
            trajectories.append(
                Trajectory(reward, shortened(sampled), shortened(old), shortened(reference), tensor(shortened(current)))
            )
        domain = domains[g] if domains else ""
        groups.append(Group(f"case-{g}", domain, trajectories, greedy[g] if greedy else None))
    return Batch(groups, {"history": history} if history else None)


def edges() -> Batch:
    """Ratios just inside, just outside and far beyond every clip, under advantages of both signs."""
    bounds = [0.2, 0.28, 3.0]
    steps = [0.0, -6.0, 4.0]
    for bound in bounds:
        steps += [math.log1p(bound) - 1e-6, math.log1p(bound) + 1e-6]
    steps += [math.log(0.8) - 1e-6, math.log(0.8) + 1e-6]
    old = [-1.0 - 0.25 * t for t in range(len(steps))]
    current = [round(o + d, 7) for o, d in zip(old, steps, strict=True)]
    sampled = [round(o - 0.4 * (-1) ** t, 4) for t, o in enumerate(old)]
    reference = [round(o + 0.3, 4) for o in old]
    trajectories = [Trajectory(reward, sampled, old, reference, tensor(current)) for reward in [1.0, 0.0, 0.5]]
    return Batch([Group("edges", "", trajectories, 0.25)])


MIXED = [[1.0, 0.0, 0.25, 0.8], [0.5, 0.5, 0.5], [0.9, -1.0], [0.97, 0.0, 0.0, 0.96, 0.0]]
BINARY = [[1.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 0.0], [0.0, 1.0, 1.0, 1.0]]
GREEDY = [1.0, 0.5, -1.0, 0.96]


def mixed() -> Batch:
    return batch(1, MIXED, lag=0.35, greedy=GREEDY)


def binary() -> Batch:
    return batch(2, BINARY, lag=0.2, greedy=[0.0, 1.0, 0.0, 1.0])


def near() -> Batch:
    """Hardly any lag: what a clip of 3e-4 is made for."""
    return batch(3, MIXED, lag=6e-4)


def domains(history: bool) -> Batch:
    rewards = [[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.6, 0.2], [0.0, -0.5, 0.1]]
    names = ["heart", "heart", "skin", "skin", "rare"]
    seen = [("heart", 0.9, 0.2), ("heart", 0.95, 0.15), ("heart", 0.1, 0.3), ("skin", 0.35, 0.4), ("skin", 0.3, 0.45)]
    known = [
        {"domain": domain, "id": f"seen-{i}", "version": 3, "mean": mean, "std": std}
        for i, (domain, mean, std) in enumerate(seen)
    ]
    return batch(4, rewards, lag=0.3, domains=names, history=known if history else None)


# Advantages.


def group_mean(group: Group) -> float:
    return group.rewards.mean().item() if not group.equal else group.trajectories[0].reward


def centred(group: Group, std: bool) -> None:
    group.baseline = group_mean(group)
    scale = group.rewards.std().item() + EPS if std and not group.equal else 1.0
    for t in group.trajectories:
        t.A = (t.reward - group.baseline) / scale


# Losses: each takes a batch, sets its advantages, and gives the loss as a scalar.

Loss = Callable[..., Tensor]


def aggregate(values: list[Tensor], how: str | dict) -> Tensor:
    """Values of tokens, a tensor a trajectory, to one number."""
    if how == "token":
        return torch.cat(values).mean()
    if how == "sequence":
        return torch.stack([v.mean() for v in values]).mean()
    return torch.stack([v.sum() / how["maxTokens"] for v in values]).mean()


def ppo_value(t: Trajectory, low: float, high: float, cap: float | None) -> Tensor:
    ratio = torch.exp(t.current - torch.tensor(t.old))
    value = torch.minimum(ratio * t.A, ratio.clamp(1 - low, 1 + high) * t.A)
    if cap is not None:
        value = value * torch.exp(torch.tensor(t.old) - torch.tensor(t.sampled)).clamp(max=cap)
    return value


def k3(t: Trajectory) -> Tensor:
    s = torch.exp(torch.tensor(t.reference) - t.current)
    return s - torch.log(s) - 1


def grpo(
    b: Batch,
    std: bool = True,
    aggregation: str | dict = "sequence",
    clipLow: float = 0.2,
    clipHigh: float = 0.2,
    klCoefficient: float = 0.0,
    importanceCap: float | None = None,
    keepEqual: bool = True,
) -> Tensor:
    for g in b.groups:
        centred(g, std)
        g.kept = keepEqual or not g.equal
    values = [ppo_value(t, clipLow, clipHigh, importanceCap) - klCoefficient * k3(t) for t in b.kept()]
    return -aggregate(values, aggregation)


def dr_grpo(
    b: Batch, maxTokens: float, clipLow: float = 0.2, clipHigh: float = 0.2, importanceCap: float | None = None
) -> Tensor:
    for g in b.groups:
        centred(g, std=False)
    sums = [ppo_value(t, clipLow, clipHigh, importanceCap).sum() / maxTokens for t in b.kept()]
    return -torch.stack(sums).mean()


def dapo(b: Batch, clipLow: float = 0.2, clipHigh: float = 0.28, importanceCap: float | None = None) -> Tensor:
    for g in b.groups:
        centred(g, std=True)
        g.kept = not g.equal
    tokens = sum(len(t.sampled) for t in b.kept())
    return -sum(ppo_value(t, clipLow, clipHigh, importanceCap).sum() for t in b.kept()) / tokens


def gspo(b: Batch, std: bool = True, clipLow: float = 3e-4, clipHigh: float = 4e-4, keepEqual: bool = True) -> Tensor:
    terms = []
    for g in b.groups:
        centred(g, std)
        g.kept = keepEqual or not g.equal
    for t in b.kept():
        s = (torch.exp(t.current.sum()) / torch.exp(torch.tensor(t.old).sum())) ** (1 / len(t.old))
        terms.append(torch.minimum(s * t.A, s.clamp(1 - clipLow, 1 + clipHigh) * t.A))
    return -torch.stack(terms).mean()


def cispo(b: Batch, clipLow: float = 1.0, clipHigh: float = 3.0, keepEqual: bool = False) -> Tensor:
    values = []
    for g in b.groups:
        centred(g, std=True)
        g.kept = keepEqual or not g.equal
    for t in b.kept():
        ratio = torch.exp(t.current - torch.tensor(t.old)).clamp(1 - clipLow, 1 + clipHigh)
        values.append(ratio.detach() * t.A * t.current)
    return -torch.cat(values).mean()


def rloo(b: Batch) -> Tensor:
    terms = []
    for g in b.groups:
        g.baseline = group_mean(g)
        for i, t in enumerate(g.trajectories):
            others = [u.reward for j, u in enumerate(g.trajectories) if j != i]
            t.A = t.reward - sum(others) / len(others)
            terms.append(t.A * t.current.sum())
    return -torch.stack(terms).mean()


def reinforce_plus_plus(
    b: Batch,
    baseline: str = "none",
    aggregation: str | dict = "token",
    clipLow: float = 0.2,
    clipHigh: float = 0.2,
    klCoefficient: float = 0.0,
    importanceCap: float | None = None,
) -> Tensor:
    every = torch.cat([g.rewards for g in b.groups])
    for g in b.groups:
        g.baseline = group_mean(g) if baseline == "group" else every.mean().item()
        for t in g.trajectories:
            t.A = t.reward - (g.baseline if baseline == "group" else 0)
    A = torch.tensor([t.A for t in b.kept()])
    for t in b.kept():
        t.A = ((t.A - A.mean()) / (A.std() + EPS)).item()
    values = [
        ppo_value(t, clipLow, clipHigh, importanceCap)
        - klCoefficient * 0.5 * (t.current - torch.tensor(t.reference)) ** 2
        for t in b.kept()
    ]
    return -aggregate(values, aggregation)


def remax(b: Batch) -> Tensor:
    terms = []
    for g in b.groups:
        assert g.greedy is not None
        g.baseline = g.greedy
        for t in g.trajectories:
            t.A = t.reward - g.greedy
            terms.append(t.A * t.current.sum())
    return -torch.stack(terms).mean()


def oapl(b: Batch, beta1: float = 1.0, beta2: float = 0.1, keepEqual: bool = False) -> Tensor:
    terms = []
    for g in b.groups:
        g.kept = keepEqual or not g.equal
        if beta1 == 0:
            g.baseline = g.rewards.max().item()
        else:
            log_mean_exp = torch.logsumexp(g.rewards / beta1, dim=0) - math.log(len(g.rewards))
            g.baseline = (beta1 * log_mean_exp).item()
        for t in g.trajectories:
            t.A = t.reward - g.baseline
    for t in b.kept():
        log_ratio = t.current.sum() - torch.tensor(t.sampled).sum()
        terms.append((beta2 * log_ratio - t.A) ** 2 / (2 * beta2))
    return torch.stack(terms).mean()


def sft(b: Batch, threshold: float = 0.5, aggregation: str | dict = "token") -> Tensor:
    for g in b.groups:
        g.baseline = threshold
        for t in g.trajectories:
            t.A = 1.0 if t.reward >= threshold else 0.0
        g.kept = any(t.A == 1 for t in g.trajectories)
    return -aggregate([t.current for t in b.kept() if t.A == 1], aggregation)


def dpo(b: Batch, beta: float = 0.1, pairs: str = "extremes", **_: bool) -> Tensor:
    terms = []
    for g in b.groups:
        centred(g, std=False)
        g.kept = not g.equal
        if g.equal:
            continue
        best = max(g.trajectories, key=lambda t: t.reward)
        worst = min(g.trajectories, key=lambda t: t.reward)
        chosen = [(best, worst)]
        if pairs == "all":
            chosen = [(win, lose) for win in g.trajectories for lose in g.trajectories if win.reward > lose.reward]
        for win, lose in chosen:
            log_ratio_win = win.current.sum() - torch.tensor(win.reference).sum()
            log_ratio_lose = lose.current.sum() - torch.tensor(lose.reference).sum()
            terms.append(-torch.log(torch.sigmoid(beta * log_ratio_win - beta * log_ratio_lose)))
    return torch.stack(terms).mean()


# DRPO: the best clustering of a domain's few questions is found by trying them all.


def partitions(items: list, k: int) -> Iterator[list[list]]:
    if not items:
        if k == 0:
            yield []
        return
    first, rest = items[0], items[1:]
    for parts in partitions(rest, k - 1):
        yield [[first], *parts]
    for parts in partitions(rest, k):
        for i in range(len(parts)):
            yield [*parts[:i], [first, *parts[i]], *parts[i + 1 :]]


def inertia(parts: list[list[tuple[float, float]]]) -> float:
    total = 0.0
    for part in parts:
        points = torch.tensor(part)
        total += ((points - points.mean(0)) ** 2).sum().item()
    return total


def clusters_at_elbow(points: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    most = min(10, len(set(points)))
    best = [min(partitions(points, k), key=inertia) for k in range(1, most + 1)]
    inertias = [inertia(parts) for parts in best]
    drops = [a - b for a, b in itertools.pairwise(inertias)]
    for i in range(1, len(drops)):
        if drops[i] < 0.1 * drops[i - 1]:
            return best[i]
    return best[-1]


def drpo(
    b: Batch,
    epsilon: float = 0.05,
    weightCap: float = 10.0,
    klDamping: float | None = None,
    aggregation: str | dict = "token",
    clipLow: float = 0.2,
    clipHigh: float = 0.2,
    klCoefficient: float = 0.0,
    importanceCap: float | None = None,
) -> Tensor:
    def point(g: Group) -> tuple[float, float]:
        return (group_mean(g), 0.0 if g.equal else g.rewards.std().item())

    history = b.state["history"] if b.state else []
    weight: dict[str, float] = {}
    for g in b.groups:
        centred(g, std=True)
        g.kept = not g.equal
        points = [(q["mean"], q["std"]) for q in history if q["domain"] == g.domain]
        points += [point(other) for other in b.groups if other.domain == g.domain]
        clusters = clusters_at_elbow(points)
        mu = [sum(m for m, _ in c) / len(c) for c in clusters]
        mu_d = sum(m / len(c) for m, c in zip(mu, clusters, strict=True)) / sum(1 / len(c) for c in clusters)
        own = next(i for i, c in enumerate(clusters) if point(g) in c)
        T_d = max(math.sqrt(len(points)) * mu_d, epsilon)
        T_c = max(math.sqrt(len(clusters[own])) * mu[own], epsilon)
        weight[g.id] = 1 / (T_d * T_c)
    least = min(weight[g.id] for g in b.groups if g.kept)
    for g in b.groups:
        for t in g.trajectories:
            t.A *= min(weight[g.id] / least, weightCap)
    scale = torch.tensor([t.A for t in b.kept()]).std().item() + EPS
    for g in b.groups:
        for t in g.trajectories:
            t.A /= scale
    damping = [1.0] * len(b.kept())
    if klDamping is not None:
        z = []
        for t in b.kept():
            log_s = torch.tensor(t.reference) - torch.tensor(t.old)
            z.append(abs(t.A) * (torch.exp(log_s) - log_s - 1).sum().item())
        quantile = max(torch.quantile(torch.tensor(z), klDamping).item(), EPS)
        damping = [quantile / (quantile + x) for x in z]
    values = [
        m * ppo_value(t, clipLow, clipHigh, importanceCap) - klCoefficient * k3(t)
        for m, t in zip(damping, b.kept(), strict=True)
    ]
    return -aggregate(values, aggregation)


def each(b: Batch, value: Callable[[Trajectory], object]) -> list:
    return [[value(t) for t in g.trajectories] for g in b.groups]


def batch_record(name: str, b: Batch) -> dict:
    groups = [
        {
            "id": g.id,
            "domain": g.domain,
            "version": 7,
            "trajectories": [{"reward": t.reward, "sampled": t.sampled} for t in g.trajectories],
            **({} if g.greedy is None else {"greedyReward": g.greedy}),
        }
        for g in b.groups
    ]
    return {
        "name": name,
        "groups": groups,
        "current": each(b, lambda t: t.current.tolist()),
        "old": each(b, lambda t: t.old),
        "reference": each(b, lambda t: t.reference),
        **({"state": b.state} if b.state else {}),
    }


@dataclass
class Case:
    objective: str
    loss: Loss
    make: Callable[[], Batch]
    options: dict = field(default_factory=dict)

    def record(self) -> dict:
        b = self.make()
        loss = self.loss(b, **self.options)
        loss.backward()

        def weights(t: Trajectory) -> list[float]:
            return [0.0] * len(t.sampled) if t.current.grad is None else (0 - t.current.grad).tolist()

        return {
            "objective": self.objective,
            "batch": self.make.__name__,
            "options": self.options,
            "loss": loss.item(),
            "baselines": [g.baseline for g in b.groups],
            "kept": [g.kept for g in b.groups],
            "advantages": each(b, lambda t: t.A),
            "weights": each(b, weights),
        }


def domains_new() -> Batch:
    return domains(history=False)


def domains_seen() -> Batch:
    return domains(history=True)


CASES = [
    Case("grpo", grpo, mixed),
    Case("grpo", grpo, binary),
    Case("grpo", grpo, edges),
    Case("grpo", grpo, mixed, {"std": False, "aggregation": "token"}),
    Case("grpo", grpo, mixed, {"aggregation": {"maxTokens": 12}, "keepEqual": False}),
    Case("grpo", grpo, mixed, {"klCoefficient": 0.04}),
    Case("grpo", grpo, binary, {"klCoefficient": 0.3, "aggregation": "token", "keepEqual": False}),
    Case("grpo", grpo, mixed, {"importanceCap": 1.2, "clipLow": 0.1, "clipHigh": 0.4}),
    Case("grpo", grpo, edges, {"importanceCap": 1.3, "klCoefficient": 0.1}),
    Case("dr-grpo", dr_grpo, mixed, {"maxTokens": 8}),
    Case("dr-grpo", dr_grpo, edges, {"maxTokens": 16, "importanceCap": 2}),
    Case("dapo", dapo, mixed),
    Case("dapo", dapo, edges),
    Case("dapo", dapo, binary, {"importanceCap": 1.1, "clipHigh": 0.2}),
    Case("gspo", gspo, near),
    Case("gspo", gspo, mixed, {"clipLow": 0.1, "clipHigh": 0.2, "std": False}),
    Case("gspo", gspo, binary, {"clipLow": 0.5, "clipHigh": 0.5, "keepEqual": False}),
    Case("cispo", cispo, mixed),
    Case("cispo", cispo, edges),
    Case("cispo", cispo, edges, {"clipLow": 0.2, "clipHigh": 0.28}),
    Case("cispo", cispo, binary, {"clipHigh": 0.1, "keepEqual": True}),
    Case("rloo", rloo, mixed),
    Case("rloo", rloo, binary),
    Case("reinforce++", reinforce_plus_plus, mixed),
    Case("reinforce++", reinforce_plus_plus, edges),
    Case("reinforce++", reinforce_plus_plus, binary, {"baseline": "group", "aggregation": "sequence"}),
    Case("reinforce++", reinforce_plus_plus, mixed, {"baseline": "group", "klCoefficient": 0.05, "importanceCap": 1.5}),
    Case("remax", remax, mixed),
    Case("remax", remax, binary),
    Case("oapl", oapl, mixed),
    Case("oapl", oapl, binary, {"beta1": 0.5, "beta2": 0.001}),
    Case("oapl", oapl, mixed, {"beta1": 0.01, "beta2": 0.3, "keepEqual": True}),
    Case("oapl", oapl, mixed, {"beta1": 0, "beta2": 0.03}),
    Case("oapl", oapl, mixed, {"beta1": 1000, "beta2": 1}),
    Case("drpo", drpo, domains_new),
    Case("drpo", drpo, domains_seen),
    Case("drpo", drpo, domains_seen, {"weightCap": 2, "epsilon": 0.2, "klDamping": 0.75}),
    Case("drpo", drpo, domains_new, {"klCoefficient": 0.02, "importanceCap": 1.2, "aggregation": "sequence"}),
    Case("sft", sft, mixed),
    Case("sft", sft, binary, {"threshold": 1, "aggregation": "sequence"}),
    Case("sft", sft, mixed, {"threshold": 0.9, "aggregation": {"maxTokens": 6}}),
    Case("dpo", dpo, mixed),
    Case("dpo", dpo, binary, {"pairs": "all", "beta": 1}),
    Case("dpo", dpo, mixed, {"pairs": "all", "beta": 0.5, "frozenReference": True}),
]


def write(name: str, records: list[dict]) -> None:
    lines = [json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n" for record in records]
    (HERE / name).write_text("".join(lines), encoding="utf-8")


def main() -> None:
    batches = {case.make.__name__: case.make for case in CASES}
    write("batches.jsonl", [batch_record(name, make()) for name, make in batches.items()])
    write("cases.jsonl", [case.record() for case in CASES])


if __name__ == "__main__":
    main()
