/**
 * Base scores of CVSS vectors, to rate advisories that give a vector and no word. Versions 3.0 and 3.1 by the formulas of
 * their specifications (FIRST, "CVSS v3.1 Specification Document", section 7.1), 4.0 by MacroVectors (FIRST, "CVSS v4.0
 * Specification Document", section 8). Only base metrics count: threat and environment are those of nobody in particular.
 */

export type Rating = "critical" | "high" | "moderate" | "low" | "info";

/** Qualitative ratings (v3.1 section 5, v4.0 section 6), in npm's words. */
export function ratingOf(score: number): Rating {
  return score >= 9 ? "critical" : score >= 7 ? "high" : score >= 4 ? "moderate" : score > 0 ? "low" : "info";
}

/** 0 to 10 with one decimal; undefined for other versions and for what is no vector. */
export function baseScore(vector: string): number | undefined {
  const [version, ...parts] = vector.trim().split("/");
  const metrics: Metrics = new Map(parts.map((part) => [part.split(":")[0]!, part.split(":")[1]]));
  switch (version) {
    case "CVSS:3.0":
      return scoreOfVersion3(metrics, roundUpByDecimals);
    case "CVSS:3.1":
      return scoreOfVersion3(metrics, roundUp);
    case "CVSS:4.0":
      return scoreOfVersion4(metrics);
    default:
      return undefined;
  }
}

type Metrics = ReadonlyMap<string, string | undefined>;

/** Weights of section 7.4. Privileges weigh more where the scope changes. */
const weights3: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
};
const privileges3 = { U: { N: 0.85, L: 0.62, H: 0.27 }, C: { N: 0.85, L: 0.68, H: 0.5 } };

function scoreOfVersion3(metrics: Metrics, round: (score: number) => number): number | undefined {
  const scope = metrics.get("S");
  if (scope !== "U" && scope !== "C") return undefined;
  const weights = ["AV", "AC", "UI", "C", "I", "A"].map((name) => weights3[name]?.[metrics.get(name) ?? ""]);
  const privileges = privileges3[scope][(metrics.get("PR") ?? "") as "N" | "L" | "H"];
  if (weights.includes(undefined) || privileges === undefined) return undefined;
  const [vector, complexity, interaction, confidentiality, integrity, availability] = weights as number[];
  const base = 1 - (1 - confidentiality!) * (1 - integrity!) * (1 - availability!);
  const impact = scope === "U" ? 6.42 * base : 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15;
  if (impact <= 0) return 0;
  const exploitability = 8.22 * vector! * complexity! * privileges * interaction!;
  return round(Math.min((scope === "U" ? 1 : 1.08) * (impact + exploitability), 10));
}

/** Version 3.1, appendix A: by integers, so that 4.0 is not 4.1 for an error in the seventeenth digit. */
function roundUp(score: number): number {
  const scaled = Math.round(score * 100_000);
  return scaled % 10_000 === 0 ? scaled / 100_000 : (Math.floor(scaled / 10_000) + 1) / 10;
}

/** Version 3.0 says only "the smallest number with one decimal that is equal or higher". */
function roundUpByDecimals(score: number): number {
  return Math.ceil(Number((score * 10).toFixed(10))) / 10;
}

/**
 * Highest score of each MacroVector, for EQ5 = 0 (no base metric lowers it): rows EQ1 and EQ2, columns EQ3 with EQ6,
 * then EQ4. Numbers of the specification.
 */
const macroScores: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  "00": {
    "00": [10, 10, 9.3],
    "01": [9.9, 9.6, 9],
    "10": [9.8, 9.3, 8.8],
    "11": [9.5, 9.2, 8],
    "21": [9.2, 7.9, 6.9],
  },
  "01": {
    "00": [9.9, 9.5, 9.2],
    "01": [9.7, 9.1, 8.1],
    "10": [9.5, 9.2, 8.4],
    "11": [9.3, 8.2, 7],
    "21": [8.6, 7.1, 6.3],
  },
  "10": {
    "00": [9.8, 9.4, 8.7],
    "01": [9.5, 8.9, 7.5],
    "10": [9.4, 8.6, 7.2],
    "11": [8.9, 7.6, 5.7],
    "21": [8.3, 6.5, 5.3],
  },
  "11": {
    "00": [9.5, 9, 7.7],
    "01": [9, 7.7, 6.6],
    "10": [8.9, 7.4, 6.1],
    "11": [7.8, 5.9, 5.2],
    "21": [7.1, 5.8, 2.3],
  },
  "20": {
    "00": [9.3, 8.6, 7],
    "01": [8.7, 7.4, 5.4],
    "10": [8.5, 7.2, 5.3],
    "11": [7.5, 5.7, 3.6],
    "21": [6.4, 4.7, 2.4],
  },
  "21": {
    "00": [8.8, 7.3, 5.4],
    "01": [7.5, 5.5, 4.3],
    "10": [7.5, 6.1, 4.6],
    "11": [5.5, 5.1, 1.8],
    "21": [5.3, 2.4, 1],
  },
};

/** Order of the values of each metric, most severe first: a step is one severity distance. */
const order4: Readonly<Record<string, string>> = {
  AV: "NALP",
  PR: "NLH",
  UI: "NPA",
  AC: "LH",
  AT: "NP",
  VC: "HLN",
  VI: "HLN",
  VA: "HLN",
  // The most severe of these, S, is a metric of the environment.
  SC: "HLN",
  SI: "HLN",
  SA: "HLN",
};

/** Highest severity vectors of each level, and its depth: the steps to its lowest vector, and one more to the next level. */
const levels = {
  eq1: {
    0: { highest: ["AV:N PR:N UI:N"], depth: 1 },
    1: { highest: ["AV:A PR:N UI:N", "AV:N PR:L UI:N", "AV:N PR:N UI:P"], depth: 4 },
    2: { highest: ["AV:P PR:N UI:N", "AV:A PR:L UI:P"], depth: 5 },
  },
  eq2: {
    0: { highest: ["AC:L AT:N"], depth: 1 },
    1: { highest: ["AC:H AT:N", "AC:L AT:P"], depth: 2 },
  },
  eq3eq6: {
    "00": { highest: ["VC:H VI:H VA:H"], depth: 7 },
    "10": { highest: ["VC:L VI:H VA:H", "VC:H VI:L VA:H"], depth: 8 },
    "21": { highest: ["VC:L VI:L VA:L"], depth: 10 },
  },
  eq4: {
    1: { highest: ["SC:H SI:H SA:H"], depth: 5 },
    2: { highest: ["SC:L SI:L SA:L"], depth: 4 },
  },
} as const;

function scoreOfVersion4(metrics: Metrics): number | undefined {
  const get = (name: string): string => metrics.get(name) ?? "";
  if (Object.entries(order4).some(([name, values]) => get(name).length !== 1 || !values.includes(get(name))))
    return undefined;
  if (["VC", "VI", "VA", "SC", "SI", "SA"].every((name) => get(name) === "N")) return 0;
  const none = ["AV", "PR", "UI"].filter((name) => get(name) === "N").length;
  const eq1 = none === 3 ? 0 : get("AV") === "P" || none === 0 ? 2 : 1;
  const eq2 = get("AC") === "L" && get("AT") === "N" ? 0 : 1;
  const severe = ["VC", "VI", "VA"].some((name) => get(name) === "H");
  const eq3eq6 = get("VC") === "H" && get("VI") === "H" ? "00" : severe ? "10" : "21";
  const eq4 = ["SC", "SI", "SA"].some((name) => get(name) === "H") ? 1 : 2;
  const scoreAt = (one: number, two: number, three: string, four: number): number | undefined =>
    macroScores[`${one}${two}`]?.[three]?.[four];
  const highest = scoreAt(eq1, eq2, eq3eq6, eq4)!;
  // The next lower MacroVector in each direction; with both impacts high there are two, and the higher one counts.
  const lower3 =
    eq3eq6 === "00"
      ? Math.max(scoreAt(eq1, eq2, "01", eq4)!, scoreAt(eq1, eq2, "10", eq4)!)
      : eq3eq6 === "10"
        ? scoreAt(eq1, eq2, "11", eq4)
        : undefined;
  const directions = [
    { lower: scoreAt(eq1 + 1, eq2, eq3eq6, eq4), level: levels.eq1[eq1] },
    { lower: scoreAt(eq1, eq2 + 1, eq3eq6, eq4), level: levels.eq2[eq2] },
    { lower: lower3, level: levels.eq3eq6[eq3eq6] },
    { lower: scoreAt(eq1, eq2, eq3eq6, eq4 + 1), level: levels.eq4[eq4] },
  ].filter(({ lower }) => lower !== undefined);
  const parts = directions.map(
    ({ lower, level: { highest: vectors, depth } }) => (highest - lower!) * (distance(vectors, get) / depth),
  );
  // EQ5 always has a next lower MacroVector and base vectors stand at its top: it takes part in the mean with nothing.
  const mean = parts.reduce((sum, part) => sum + part, 0) / (directions.length + 1);
  return Math.round(Math.min(10, Math.max(0, highest - mean)) * 10 + 1e-9) / 10;
}

/** Steps below the first highest vector that is nowhere below this one. */
function distance(vectors: readonly string[], get: (name: string) => string): number {
  for (const vector of vectors) {
    const steps = vector.split(" ").map((part) => {
      const [name, value] = part.split(":") as [string, string];
      return order4[name]!.indexOf(get(name)) - order4[name]!.indexOf(value);
    });
    if (steps.every((step) => step >= 0)) return steps.reduce((sum, step) => sum + step, 0);
  }
  return 0;
}
