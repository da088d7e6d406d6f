/**
 * One connection on one router in many situations (another default, a device that is down), which differ in the routes of some
 * tables. What a packet does depends on what its walk asks of the tables: where the answers are the same it is walked once.
 */
import type { RouteLine } from "../model/line.ts";
import { type Asked, type Machine, routesTo } from "./machine.ts";
import type { Guess } from "./passing.ts";
import { isPassedOver } from "./routing.ts";
import type { Walked } from "./walk.ts";

interface Known<T> {
  readonly asked: readonly Asked[];
  readonly result: T;
}

interface KnownWalk extends Known<Walked> {
  /** What was asked about rules that are not modelled. */
  readonly questions: readonly string[];
}

interface KnownWhole<T = unknown> extends Known<T> {
  /** Which machines answer in the same way. */
  readonly alike: Map<Machine, boolean>;
}

export class WalkedOnce {
  readonly #walks = new Map<string, KnownWalk[]>();
  readonly #single: KnownWhole[] = [];
  readonly #several: KnownWhole[] = [];
  readonly #again = new Map<string, KnownWhole<undefined>[]>();
  readonly #numbers = new Map<unknown, number>();
  /** What the walks of the connection that is being followed have asked. */
  #asking: Asked[] | undefined;

  /** Equal values have the same number. */
  number(value: object | string | undefined): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const text = typeof value === "string" ? value : JSON.stringify(value ?? null);
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number).set(value, number);
    return number;
  }

  /** @param key of equal keys the packets are equal, and what is known of their connections */
  walk(machine: Machine, key: string, guess: Guess, walk: (machine: Machine, guess: Guess) => Walked): Walked {
    const before = this.#walks.get(key) ?? [];
    let known = before.find(({ asked }) => saysAgain(machine, asked));
    if (known) for (const question of known.questions) guess(question);
    else {
      const asked: Asked[] = [];
      const questions: string[] = [];
      const noting: Guess = (question) => {
        questions.push(question);
        return guess(question);
      };
      const result = walk({ ...machine, asked }, noting);
      known = { asked: eachOnce(asked), questions, result };
      this.#walks.set(key, [...before, known]);
    }
    this.#asking?.push(...known.asked);
    return known.result;
  }

  /** All packets of the connection, on one machine or on several that are alike to it. */
  whole<T>(machines: readonly Machine[], follow: () => T): T {
    const known = machines.length > 1 ? this.#several : this.#single;
    const before = known.find((one) => machines.every((on) => isAlike(one, on)));
    if (before) return before.result as T;
    const now = this.#noting(follow);
    if (machines.every((on) => isAlike(now, on))) known.push(now);
    return now.result;
  }

  /**
   * Packets that go the way of earlier ones, and change nothing about the connection: those of one machine tell what all do that are
   * alike to it.
   * @param state what is known of the connection, before them and, where nothing is at fault, after them
   */
  again<T>(machine: Machine, state: () => string, walk: () => T | undefined): T | undefined {
    const before = state();
    const known = this.#again.get(before) ?? [];
    const same = known.find((one) => isAlike(one, machine));
    if (same) {
      this.#asking?.push(...same.asked);
      return undefined;
    }
    const outer = this.#asking;
    const now = this.#noting(walk);
    outer?.push(...now.asked);
    this.#asking = outer;
    if (now.result === undefined && state() === before)
      this.#again.set(before, [...known, now as KnownWhole<undefined>]);
    return now.result;
  }

  #noting<T>(walk: () => T): KnownWhole<T> {
    const asking: Asked[] = [];
    this.#asking = asking;
    const result = walk();
    this.#asking = undefined;
    return { asked: eachOnce(asking), result, alike: new Map() };
  }
}

function isAlike({ asked, alike }: Pick<KnownWhole, "asked" | "alike">, machine: Machine): boolean {
  const known = alike.get(machine) ?? saysAgain(machine, asked);
  alike.set(machine, known);
  return known;
}

function eachOnce(asked: readonly Asked[]): Asked[] {
  return [
    ...new Map(asked.map((one) => [`${one.table} ${one.address} ${one.limit} ${one.seen.length}`, one])).values(),
  ];
}

/** Does this machine answer all that in the same way? Which route is passed over makes no difference. */
function saysAgain(machine: Machine, asked: readonly Asked[]): boolean {
  return asked.every(({ table, address, limit, seen, all }) => {
    const now = routesTo(machine, table, address);
    const equal = seen.every((route, i) => route === now[i]) && (!all || seen.length === now.length);
    const over = (routes: readonly RouteLine[]) => routes.every((route) => isPassedOver(route, limit));
    return equal || (limit >= 0 && over(seen) && over(now));
  });
}
