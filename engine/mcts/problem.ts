/**
 * What a search needs to know of what it searches: which steps a state allows, what a step does to a working set, and
 * how good a state is. Games, programs, configurations: the search itself knows only states and numbers.
 */
import type { SnapshotId } from "../object/ids.ts";
import type { Vst } from "../vst/vst.ts";

/** A problem may answer at once or later. */
export type Maybe<T> = T | Promise<T>;

/** A step that a state allows. */
export interface Proposal<Action> {
  readonly action: Action;
  /** How promising it looks before it is tried. Where a state's proposals have them, the search is PUCT, else UCT. */
  readonly prior?: number;
}

/** What a state is worth. */
export interface Evaluation {
  /** 0 to 1; in a game for two, for the player who moved into the state. */
  readonly reward: number;
  /** Nothing follows this state. */
  readonly final?: boolean;
  /** What `propose` and `refine` should know of it, such as the output of failed tests; JSON, if searches are saved. */
  readonly feedback?: unknown;
}

/** A state as a problem sees it. */
export interface SearchState<Action> {
  /** A working set of its own: may be read and written, nobody else sees it. */
  readonly vst: Vst;
  readonly id: SnapshotId;
  /** Steps from the root on the way by which it was first reached, the last of which was `action`. */
  readonly depth: number;
  readonly action: Action | undefined;
  /** Undefined while it is being evaluated. */
  readonly evaluation: Evaluation | undefined;
}

/** What a search lends to its problem. */
export interface SearchContext {
  /** Uniform in [0, 1); the same numbers for the same seed where states are evaluated one at a time. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** What is searched: which steps there are, what they do, and what a state is worth. */
export interface SearchProblem<Action> {
  readonly players: 1 | 2;
  /** Steps from a state, the one to be tried first in front; asked once for each state. None: the state is final. */
  propose(state: SearchState<Action>, context: SearchContext): Maybe<readonly Proposal<Action>[]>;
  /** Takes a step; false when it cannot be taken after all. Must do the same every time. */
  apply(vst: Vst, action: Action): boolean | void;
  /** What a state is worth; asked once for each state. */
  evaluate(state: SearchState<Action>, context: SearchContext): Maybe<Evaluation>;
  /**
   * A step from the parent that does better what `state.action` tried, given what came of it: a corrected sibling. Asked
   * once for each evaluated state that is not final.
   */
  refine?(
    state: SearchState<Action>,
    parent: SearchState<Action>,
    context: SearchContext,
  ): Maybe<Proposal<Action> | undefined>;
}
