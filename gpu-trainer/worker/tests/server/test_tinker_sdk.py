"""The official SDK, unchanged, against a real worker process."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import tinker
import torch
from tinker import types

from .worker_process import WorkerProcess

PROMPT = [7, 8, 9, 10, 11, 12]


@pytest.fixture(scope="module")
def service(worker: WorkerProcess) -> Iterator[tinker.ServiceClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINKER_TELEMETRY", "0")
        yield tinker.ServiceClient(base_url=worker.url, api_key="tml-test")


@pytest.fixture(scope="module")
def training(service: tinker.ServiceClient) -> tinker.TrainingClient:
    return service.create_lora_training_client(base_model="tiny", rank=4, seed=5)


def supervised(tokens: list[int]) -> types.Datum:
    targets = [*tokens[1:], 3]
    return types.Datum(
        model_input=types.ModelInput.from_ints(tokens),
        loss_fn_inputs={
            "target_tokens": types.TensorData(data=targets, dtype="int64", shape=[len(targets)]),
            "weights": types.TensorData(data=[1.0] * len(targets), dtype="float32", shape=[len(targets)]),
        },
    )


def reinforced(tokens: list[int], logprobs: list[float]) -> types.Datum:
    targets = [*tokens[1:], 3]
    return types.Datum(
        model_input=types.ModelInput.from_ints(tokens),
        loss_fn_inputs={
            "target_tokens": types.TensorData(data=targets, dtype="int64", shape=[len(targets)]),
            "logprobs": types.TensorData(data=logprobs, dtype="float32", shape=[len(targets)]),
            "advantages": types.TensorData(data=[0.5, -0.5, 1.0, 0.0, 2.0, -1.0], dtype="float32", shape=[6]),
        },
    )


def test_capabilities_name_the_model(service: tinker.ServiceClient) -> None:
    [model] = service.get_server_capabilities().supported_models
    assert (model.model_name, model.max_context_length) == ("tiny", 256)


def test_info_and_tokenizer_of_a_model(training: tinker.TrainingClient) -> None:
    info = training.get_info()
    assert info.is_lora
    assert info.lora_rank == 4
    assert info.model_data.model_name == "tiny"
    assert training.get_tokenizer().decode(training.get_tokenizer().encode("I have a cough")) == "I have a cough"


def test_forward_leaves_weights_and_gradient_alone(training: tinker.TrainingClient) -> None:
    first = training.forward([supervised(PROMPT)], "cross_entropy").result()
    again = training.forward([supervised(PROMPT)], "cross_entropy").result()
    assert first.loss_fn_outputs[0]["logprobs"].data == again.loss_fn_outputs[0]["logprobs"].data
    assert first.metrics["loss:sum"] == pytest.approx(-sum(first.loss_fn_outputs[0]["logprobs"].data), rel=1e-5)


@pytest.mark.parametrize("loss", ["cross_entropy", "importance_sampling", "ppo", "cispo", "dro"])
def test_every_loss_trains(training: tinker.TrainingClient, loss: str) -> None:
    before = training.forward([supervised(PROMPT)], "cross_entropy").result().loss_fn_outputs[0]["logprobs"].data
    datum = supervised(PROMPT) if loss == "cross_entropy" else reinforced(PROMPT, list(before))
    passed = training.forward_backward([datum, datum], loss)  # type: ignore[arg-type]
    stepped = training.optim_step(types.AdamParams(learning_rate=1e-3))
    assert len(passed.result().loss_fn_outputs) == 2
    assert np.isfinite(passed.result().metrics["loss:sum"])
    metrics = stepped.result().metrics
    assert metrics is not None
    assert all(np.isfinite(value) for value in metrics.values())
    after = training.forward([supervised(PROMPT)], "cross_entropy").result().loss_fn_outputs[0]["logprobs"].data
    assert after != before


def test_a_custom_loss_takes_the_gradient_of_its_formula(training: tinker.TrainingClient) -> None:
    """A custom loss that is cross_entropy must step as cross_entropy does."""

    def negative_sum(_: list[types.Datum], logprobs: list[torch.Tensor]) -> tuple[torch.Tensor, dict[str, float]]:
        loss = -torch.stack([values.sum() for values in logprobs]).sum()
        return loss, {"mine": loss.item()}

    custom = training.forward_backward_custom([supervised(PROMPT)], negative_sum).result()
    norm = training.optim_step(types.AdamParams(learning_rate=0.0)).result().metrics
    training.forward_backward([supervised(PROMPT)], "cross_entropy").result()
    expected = training.optim_step(types.AdamParams(learning_rate=0.0)).result().metrics
    assert "mine" in custom.metrics
    assert norm is not None
    assert norm == pytest.approx(expected, rel=1e-6)


def test_many_datums_are_chunked_and_come_back_in_order(training: tinker.TrainingClient) -> None:
    """More than 1024 datums travel as several requests, the first of which arrives last."""
    data = [supervised([3 + index % 20, 5, 6]) for index in range(1030)]
    outputs = training.forward_backward(data, "cross_entropy").result().loss_fn_outputs
    assert len(outputs) == 1030
    assert outputs[0]["logprobs"].data == pytest.approx(outputs[1000]["logprobs"].data, abs=1e-5)
    training.optim_step(types.AdamParams(learning_rate=0.0)).result()


def test_samples_carry_the_logprobs_of_the_policy(training: tinker.TrainingClient) -> None:
    """At lag 0 the trainer's forward gives the log-probs that were sampled with."""
    sampler = training.save_weights_and_get_sampling_client()
    params = types.SamplingParams(max_tokens=12, temperature=1.0, seed=4)
    sampled = sampler.sample(types.ModelInput.from_ints(PROMPT), num_samples=5, sampling_params=params).result()
    assert len(sampled.sequences) == 5
    assert len({tuple(s.tokens) for s in sampled.sequences}) > 1
    for sequence in sampled.sequences:
        assert sequence.logprobs is not None
        whole = [*PROMPT, *sequence.tokens]
        datum = types.Datum(
            model_input=types.ModelInput.from_ints(whole[:-1]),
            loss_fn_inputs={
                "target_tokens": types.TensorData(data=whole[1:], dtype="int64"),
                "weights": types.TensorData(data=[1.0] * (len(whole) - 1), dtype="float32"),
            },
        )
        [output] = training.forward([datum], "cross_entropy").result().loss_fn_outputs
        learned = output["logprobs"].data[len(PROMPT) - 1 :]
        assert np.abs(np.subtract(learned, sequence.logprobs)).mean() < 1e-4


def test_prompt_logprobs(training: tinker.TrainingClient) -> None:
    sampler = training.save_weights_and_get_sampling_client()
    computed = sampler.compute_logprobs(types.ModelInput.from_ints(PROMPT)).result()
    [output] = training.forward([supervised(PROMPT)], "cross_entropy").result().loss_fn_outputs
    assert computed[0] is None
    assert computed[1:] == pytest.approx(output["logprobs"].data[:-1], abs=1e-4)
    detailed = sampler.sample(
        types.ModelInput.from_ints(PROMPT), 1, types.SamplingParams(max_tokens=1), True, topk_prompt_logprobs=3
    ).result()
    assert detailed.topk_prompt_logprobs is not None
    assert detailed.topk_prompt_logprobs[0] is None
    assert [len(place or ()) for place in detailed.topk_prompt_logprobs[1:]] == [3] * 5


def test_a_sampling_client_keeps_its_weights_while_training_goes_on(training: tinker.TrainingClient) -> None:
    sampler = training.save_weights_and_get_sampling_client()
    prompt = types.ModelInput.from_ints(PROMPT)
    before = sampler.compute_logprobs(prompt).result()
    training.forward_backward([supervised(PROMPT)], "cross_entropy").result()
    training.optim_step(types.AdamParams(learning_rate=1e-2)).result()
    newer = training.save_weights_and_get_sampling_client()
    assert newer.compute_logprobs(prompt).result() != before
    assert sampler.compute_logprobs(prompt).result() == pytest.approx(before, abs=1e-5)


def test_the_base_model_can_be_sampled(service: tinker.ServiceClient) -> None:
    sampler = service.create_sampling_client(base_model="tiny")
    params = types.SamplingParams(max_tokens=4, temperature=0.0)
    prompt = types.ModelInput.from_ints(PROMPT)
    assert sampler.get_base_model() == "tiny"
    first, second = (sampler.sample(prompt, 1, params).result().sequences[0].tokens for _ in range(2))
    assert first == second


def test_training_resumes_where_it_was_saved(service: tinker.ServiceClient, training: tinker.TrainingClient) -> None:
    """Saved, loaded into another model and stepped, both models go the same way, bit for bit."""
    path = training.save_state("resume-here").result().path
    resumed = service.create_training_client_from_state_with_optimizer(path)
    steps = []
    for client in (training, resumed):
        client.forward_backward([supervised(PROMPT)], "cross_entropy").result()
        client.optim_step(types.AdamParams(learning_rate=1e-2)).result()
        steps.append(client.forward([supervised(PROMPT)], "cross_entropy").result().loss_fn_outputs[0]["logprobs"].data)
    assert steps[0] == steps[1]


def test_weights_can_be_loaded_without_the_optimizer(
    service: tinker.ServiceClient, training: tinker.TrainingClient
) -> None:
    path = training.save_state("weights-only").result().path
    fresh = service.create_training_client_from_state(path)
    expected = training.forward([supervised(PROMPT)], "cross_entropy").result().loss_fn_outputs[0]["logprobs"].data
    loaded = fresh.forward([supervised(PROMPT)], "cross_entropy").result().loss_fn_outputs[0]["logprobs"].data
    assert loaded == expected


def test_named_weights_are_sampled_and_listed(service: tinker.ServiceClient, training: tinker.TrainingClient) -> None:
    path = training.save_weights_for_sampler("final").result().path
    sampler = service.create_sampling_client(model_path=path)
    computed = sampler.compute_logprobs(types.ModelInput.from_ints(PROMPT)).result()
    [output] = training.forward([supervised(PROMPT)], "cross_entropy").result().loss_fn_outputs
    assert computed[1:] == pytest.approx(output["logprobs"].data[:-1], abs=1e-4)
    rest = service.create_rest_client()
    listed = rest.list_checkpoints(training.model_id).result().checkpoints
    assert path in [checkpoint.tinker_path for checkpoint in listed]
    assert rest.get_training_run(training.model_id).result().base_model == "tiny"
    rest.delete_checkpoint(training.model_id, "sampler_weights/final").result()
    assert path not in [c.tinker_path for c in rest.list_checkpoints(training.model_id).result().checkpoints]


def test_a_failed_operation_is_reported_with_its_cause(training: tinker.TrainingClient) -> None:
    training.save_state("twice").result()
    again = training.save_state("twice")
    with pytest.raises(tinker.RequestFailedError, match="exists; choose another name"):
        again.result()


def test_an_unknown_loss_is_refused_and_later_operations_run(training: tinker.TrainingClient) -> None:
    with pytest.raises(tinker.BadRequestError, match="this worker has cross_entropy"):
        training.forward_backward([supervised(PROMPT)], "no_such_loss").result()  # type: ignore[arg-type]
    training.forward_backward([supervised(PROMPT)], "cross_entropy").result()
    training.optim_step(types.AdamParams(learning_rate=0.0)).result()
