/**
 * Replacements of this run. No change here asks for one, but `up --replace`, `state taint` and some options do. The engine
 * checks a new resource, creates it and deletes the old one, in this run or, where that was interrupted, in the next; with
 * `deleteBeforeReplace` the other way round. Both have the same owner and the same lines: the delete must take none of them.
 */
import { randomBytes } from "node:crypto";
import { incarnationOf, type Props, textOf } from "./inputs.ts";

export class Replacements {
  /** What each resource of this run was before, by its owner now. */
  readonly #before = new Map<string, Props>();
  /** Inputs of what was checked as new, and is not yet created. */
  readonly #coming = new Map<string, Props>();
  /** Who bears the name now: which of them, as its outputs say. */
  readonly #current = new Map<string, string>();

  /** What the resource was. The second check of a replacement leaves it out. */
  before(owner: string, olds: Props): Props {
    if (textOf(olds, "owner") !== "") this.#before.set(owner, olds);
    return this.#before.get(owner) ?? olds;
  }

  /** A resource that the engine calls new has been checked. */
  isComing(owner: string, news: Props): void {
    this.#coming.set(owner, news);
  }

  /** It is created now. What tells it from the one before it goes into its outputs. */
  create(owner: string): { readonly olds: Props; readonly incarnation: string } {
    const incarnation = randomBytes(4).toString("hex");
    this.#coming.delete(owner);
    this.#current.set(owner, incarnation);
    return { olds: this.#before.get(owner) ?? {}, incarnation };
  }

  /** The program still declares it, and the state has this one. */
  isKept(owner: string, outputs: Props): void {
    this.#current.set(owner, incarnationOf(outputs));
  }

  /** Inputs of what comes in the place of the one that is deleted first. */
  successor(olds: Props): Props | undefined {
    return this.#coming.get(textOf(olds, "owner"));
  }

  /** Has another one, which stays, taken the place of the one that is deleted? */
  isReplaced(olds: Props): boolean {
    const current = this.#current.get(textOf(olds, "owner"));
    return current !== undefined && current !== incarnationOf(olds);
  }

  clear(): void {
    this.#before.clear();
    this.#coming.clear();
    this.#current.clear();
  }
}
