/** The door of the search. */
export type { Evaluation, Proposal, SearchContext, SearchProblem, SearchState } from "./problem.ts";
export { Random } from "./random.ts";
export {
  type BestState,
  search,
  type SearchBudget,
  type SearchEnd,
  type SearchOptions,
  type SearchProgress,
  type SearchResult,
} from "./search.ts";
