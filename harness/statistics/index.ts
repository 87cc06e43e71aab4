/**
 * The statistics a verdict rests on, each with its source. Everything is exact or seeded, so a report computed again
 * from the same samples is the same to the last byte. Basics (mean, median, standard deviation) are those of
 * simple-statistics; what is here is what it does not have. `reference-values.json` holds what SciPy says for the
 * same input, and `reference-values.py` how it was asked.
 */
export * from "./binomial.ts";
export * from "./bootstrap.ts";
export * from "./draws.ts";
export * from "./means.ts";
export * from "./permutation.ts";
export * from "./power.ts";
export * from "./quantiles.ts";
export * from "./rank-tests.ts";
export * from "./special-functions.ts";
export * from "./steps.ts";
export * from "./success-score.ts";
