/** Chains of somebody: rules in the built-in ones, and chains of users that they jump to. */
import fc from "fast-check";
import { type Pool, ruleArbitrary } from "./arbitrary-rule.ts";
import { type Chain, HOOKS, TABLES } from "./router.ts";

/** @param most rules in one chain */
export function chainsArbitrary(pool: Pool, most: number, drops: boolean): fc.Arbitrary<readonly Chain[]> {
  const lists = TABLES.flatMap((table) => {
    // A chain jumps to later ones only, so that there is no circle.
    // In nat a chain of a user may be called by hooks that do not take the same targets: there it has none of those.
    const users = ["U0", "U1", "U2"];
    const builtIn = HOOKS[table].map((name) =>
      chain(table, name, name, users, drops && table !== "nat", table === "raw" ? 1 : most),
    );
    return [...builtIn, ...users.map((name, at) => chain(table, name, "", users.slice(at + 1), false, most))];
  });
  return fc.tuple(...lists);

  function chain(
    table: Chain["table"],
    name: string,
    hook: string,
    users: readonly string[],
    mayDrop: boolean,
    length: number,
  ): fc.Arbitrary<Chain> {
    const policies = hook === "" ? ["-"] : mayDrop ? [...Array(9).fill("ACCEPT"), "DROP"] : ["ACCEPT"];
    return fc
      .tuple(fc.constantFrom(...policies), fc.array(ruleArbitrary(table, hook, pool, users), { maxLength: length }))
      .map(([policy, rules]) => ({ table, name, policy, rules }));
  }
}
