/**
 * What a function of the file is given where it is called: by position, by name, taken apart by a pattern, or what is
 * left over. A loop over a list is such a function too, called once for every item.
 */
import type { Place } from "../hit.ts";
import { argumentsOf, fieldText, kindOf, textOf, type Node } from "./ast-grep.ts";
import { fieldOf, itemOf, list, sliced, type Value } from "./values.ts";

export interface Parameter {
  readonly name: string;
  /** Where its value stands: the position, then items and fields of what stands there. */
  readonly path: readonly (number | string)[];
  /** Everything from there on: `...args`. */
  readonly isRest: boolean;
}

/** The arguments of one call. */
export interface Arguments {
  readonly positional: readonly Value[];
  readonly named?: ReadonlyMap<string, Value>;
  /** Where they stand, if not at the call. */
  readonly at?: Place;
}

type Path = Parameter["path"];

/** Parameters without patterns. */
export function plainParameters(names: readonly string[]): Parameter[] {
  return names.map((name, index) => ({ name, path: [index], isRest: false }));
}

/** The names that a list of parameters, or of variables, introduces. */
export function parametersIn(nodes: readonly Node[]): Parameter[] {
  return nodes.flatMap((node, index) => namesIn(node, [index]));
}

/** What a pattern takes apart, in the kinds of nodes of JavaScript, TypeScript, Python, Go and Rust. */
function namesIn(pattern: Node | null | undefined, path: Path): Parameter[] {
  switch (kindOf(pattern)) {
    case "identifier":
    case "shorthand_property_identifier_pattern":
      return [{ name: textOf(pattern), path, isRest: false }];
    case "array_pattern":
    case "pattern_list":
    case "tuple_pattern":
    case "list_pattern":
    case "slice_pattern":
    case "expression_list":
      return argumentsOf(pattern).flatMap((child, index) => namesIn(child, [...path, index]));
    case "rest_pattern":
    case "list_splat_pattern":
    case "variadic_parameter_declaration":
    case "captured_pattern":
      return [{ name: textOf(pattern?.namedChildren()[0]), path, isRest: true }];
    case "object_pattern":
      return argumentsOf(pattern).flatMap((child) => {
        const key = fieldText(child, kindOf(child) === "pair_pattern" ? "key" : "left") || textOf(child);
        return namesIn(kindOf(child) === "pair_pattern" ? child.field("value") : child, [...path, key]);
      });
    case "required_parameter":
    case "optional_parameter":
    case "assignment_pattern":
    case "object_assignment_pattern":
    case "default_parameter":
    case "typed_default_parameter":
    case "typed_parameter":
    case "mut_pattern":
    case "reference_pattern":
      return namesIn(
        pattern?.namedChildren().find((child) => kindOf(child) !== "mutable_specifier"),
        path,
      );
    case "parameter":
      return namesIn(pattern?.field("pattern"), path);
    default:
      return [];
  }
}

export function argumentFor({ name, path, isRest }: Parameter, given: Arguments): Value {
  const named = path.length === 1 ? given.named?.get(name) : undefined;
  if (named !== undefined) return named;
  return path.reduce<Value>((value, step, depth) => {
    if (typeof step === "string") return fieldOf(value, step);
    return isRest && depth === path.length - 1 ? sliced(value, step) : itemOf(value, step);
  }, list(given.positional));
}
