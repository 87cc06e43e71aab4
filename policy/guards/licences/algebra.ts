/**
 * What an expression means for us: OR is our choice and takes the best arm, AND binds us to all and takes the worst,
 * WITH has rows of its own, and a list of which nobody said whether it is a choice is decided only when both
 * readings agree. Unknown is never allow.
 */
import { expressionText, idsOf, parseExpression } from "./expression.ts";
import type { LicenceExpression } from "./expression.ts";
import { classOfException, classOfLicence } from "./table.ts";
import type { LicenceClass, PolicyTable } from "./table.ts";

export interface LicenceVerdict {
  readonly class: LicenceClass;
  /** The expression that remains when every OR is chosen: what we use the package under. */
  readonly chosen: string;
  /** Ids that an OR offered and we did not choose: a text of theirs in the package is explained. */
  readonly rejected: readonly string[];
  readonly reasons: readonly string[];
}

const rank: Readonly<Record<LicenceClass, number>> = { allow: 0, review: 1, deny: 2 };

export function evaluate(expression: LicenceExpression, table: PolicyTable): LicenceVerdict {
  switch (expression.kind) {
    case "licence": {
      const { class: licenceClass, reason } = classOfLicence(expression.id, table);
      return {
        class: licenceClass,
        chosen: expression.id,
        rejected: [],
        reasons: [`${expression.id}: ${reason}`],
      };
    }
    case "with": {
      const { class: licenceClass, reason } = classOfException(
        expression.licence,
        expression.exception,
        table,
      );
      const chosen = expressionText(expression);
      return { class: licenceClass, chosen, rejected: [], reasons: [`${chosen}: ${reason}`] };
    }
    case "or":
      return best(expression.arms, table);
    case "and":
      return worst(expression.arms, table);
    case "either":
      return undecided(expression.arms, table);
  }
}

function best(arms: readonly LicenceExpression[], table: PolicyTable): LicenceVerdict {
  const verdicts = arms.map((arm) => evaluate(arm, table));
  // The first of the best: the order in which the author offers them decides between equals.
  const chosen = verdicts.reduce((a, b) => (rank[b.class] < rank[a.class] ? b : a));
  const taken = new Set(idsOfText(chosen.chosen));
  const offered = arms.flatMap(idsOf).filter((id) => !taken.has(id));
  return { ...chosen, rejected: [...new Set([...chosen.rejected, ...offered])] };
}

function worst(arms: readonly LicenceExpression[], table: PolicyTable): LicenceVerdict {
  const verdicts = arms.map((arm) => evaluate(arm, table));
  const bound = new Set(verdicts.flatMap(({ chosen }) => idsOfText(chosen)));
  return {
    class: worstClass(verdicts.map((verdict) => verdict.class)),
    chosen: joined(verdicts.map(({ chosen }) => chosen)),
    rejected: [...new Set(verdicts.flatMap(({ rejected }) => rejected))].filter((id) => !bound.has(id)),
    reasons: verdicts.flatMap(({ reasons }) => reasons),
  };
}

/** Each once: a text and a sentence often say the same. */
function joined(chosen: readonly string[]): string {
  const distinct = [...new Set(chosen)];
  if (distinct.length === 1) return distinct[0]!;
  return distinct.map((one) => (one.includes(" AND ") ? `(${one})` : one)).join(" AND ");
}

function undecided(arms: readonly LicenceExpression[], table: PolicyTable): LicenceVerdict {
  const all = worst(arms, table);
  if (best(arms, table).class === all.class) return all;
  return {
    ...all,
    class: "review",
    reasons: ["the field is a list that does not say whether it is a choice", ...all.reasons],
  };
}

function idsOfText(text: string): readonly string[] {
  const parsed = parseExpression(text);
  return parsed.kind === "expression" ? idsOf(parsed.expression) : [];
}

export function worstClass(classes: readonly LicenceClass[]): LicenceClass {
  return classes.reduce((a, b) => (rank[b] > rank[a] ? b : a), "allow");
}

/** What a declared field means by itself. `see-file` is left to whoever can read the file. */
export function evaluateField(field: string, table: PolicyTable): LicenceVerdict {
  const parsed = parseExpression(field);
  if (parsed.kind === "expression") return evaluate(parsed.expression, table);
  const reason =
    parsed.kind === "see-file"
      ? `the field points to ${parsed.path}`
      : `the field cannot be read: ${parsed.reason}`;
  // Prose that names the AGPL must not pass as merely unreadable.
  const affero = /\bAGPL|Affero/i.test(field);
  return {
    class: affero ? "deny" : "review",
    chosen: field,
    rejected: [],
    reasons: affero ? [`${reason}, and it names the AGPL`] : [reason],
  };
}
