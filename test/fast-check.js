import fc from "fast-check";

/** The same cases in every run of the suite; `FC_SEED=random npm run jest -- test/plan` looks for new ones, and prints the seed of what it finds. */
const { FC_SEED = "20261123" } = process.env;
if (FC_SEED !== "random") fc.configureGlobal({ seed: Number(FC_SEED) });
