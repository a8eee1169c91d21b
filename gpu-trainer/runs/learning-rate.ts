/** The learning rate of a step: a rise from 0, then the chosen fall to 0 at the last step. */
import type { AdamParams } from "../types.ts";
import type { OptimizerConfig } from "./config.ts";

/** `step` counts from 0, of `steps`. */
export function learningRateAt(
  { learningRate, warmUpSteps, decay }: Pick<OptimizerConfig, "learningRate" | "warmUpSteps" | "decay">,
  step: number,
  steps: number,
): number {
  if (step < warmUpSteps) return (learningRate * (step + 1)) / warmUpSteps;
  const gone = Math.min(1, (step - warmUpSteps) / Math.max(1, steps - warmUpSteps));
  if (decay === "linear") return learningRate * (1 - gone);
  if (decay === "cosine") return (learningRate * (1 + Math.cos(Math.PI * gone))) / 2;
  return learningRate;
}

/** AdamW's parameters at a step. */
export function adamAt(optimizer: OptimizerConfig, step: number, steps: number): AdamParams & { learningRate: number } {
  const { beta1, beta2, eps, weightDecay, gradClipNorm } = optimizer;
  return { learningRate: learningRateAt(optimizer, step, steps), beta1, beta2, eps, weightDecay, gradClipNorm };
}
