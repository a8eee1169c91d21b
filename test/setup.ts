/** One seed for all properties, so that a run can be repeated; `FC_SEED=random` looks further. */
import fc from "fast-check";

const { FC_SEED = "1" } = process.env;
fc.configureGlobal(FC_SEED === "random" ? {} : { seed: Number(FC_SEED) });
