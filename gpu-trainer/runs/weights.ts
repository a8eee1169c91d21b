/** The weights that a run saves on its worker: once a version, and deleted when nothing refers to them any more. */
import { policySampler } from "../rollouts/sampler.ts";
import type { SavedSampler } from "../schedules/supply.ts";
import type { ModelId, StatePath, Worker } from "../types.ts";

export interface WeightStore {
  /** Weights of the model as it is now, at this version, for samplers. */
  forSampling(version: number): Promise<StatePath>;
  /** Weights and optimizer. */
  whole(step: number): Promise<StatePath>;
  sampler(saved: { readonly path: StatePath; readonly version: number }): SavedSampler;
  /** Deletes what was saved or is known, but for these paths. */
  sweep(inUse: ReadonlySet<StatePath>): Promise<void>;
}

/** `known`: paths from before, of the same run. */
export function weightStore(worker: Worker, model: ModelId, known: Iterable<StatePath>): WeightStore {
  const saved = new Set(known);
  let latest: { version: number; path: Promise<StatePath> } | undefined;

  const keep = async (saving: Promise<{ readonly path: StatePath }>): Promise<StatePath> => {
    const { path } = await saving;
    saved.add(path);
    return path;
  };
  return {
    forSampling(version) {
      if (latest?.version === version) return latest.path;
      const path = keep(worker.saveWeightsForSampler(model, { name: `version-${version}` }));
      latest = { version, path };
      return path;
    },
    whole: (step) => keep(worker.saveState(model, { name: `step-${step}`, overwrite: true })),
    sampler({ path, version }) {
      const opened = policySampler({ worker, path, version });
      return Object.assign(opened, { path });
    },
    async sweep(inUse) {
      for (const path of [...saved]) {
        if (inUse.has(path)) continue;
        saved.delete(path);
        await worker.deleteSaved(path);
      }
    },
  };
}
