import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatOwner, inStack, parseOwner, shortName, stackOf } from "../../provider/model/owner.ts";

const part = fc.string({ minLength: 1 }).filter((text) => !text.includes("/"));
const owner = fc.record({ project: part, stack: part, kind: part, name: fc.string({ minLength: 1 }) });

test("an owner is read as it was written, also one whose name holds slashes", () => {
  fc.assert(fc.property(owner, (one) => expect(parseOwner(formatOwner(one))).toEqual(one)));
});

test("its stack, its short name, and the same resource of another stack", () => {
  const text = "shop/prod/WanLink/site-one/a";
  expect([stackOf(text), shortName(text), inStack(text, "old/dev")]).toEqual([
    "shop/prod",
    "WanLink site-one a",
    "old/dev/WanLink/site-one/a",
  ]);
});

test("what is no owner has empty parts", () => {
  expect(parseOwner("a/b")).toEqual({ project: "a", stack: "b", kind: "", name: "" });
  expect(shortName("a/b")).toBe("");
});
