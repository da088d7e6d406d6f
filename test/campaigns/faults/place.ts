/**
 * Where a random router is built for a fault: a lab with the site's servers and an operator, used for one router after the
 * other for as long as each leaves it as it was.
 */
import { startSite } from "../../lab/site.ts";
import { Bed, takeSuiting } from "../routers/bed.ts";
import type { RandomRouter } from "../routers/value.ts";
import { Operator } from "./operator.ts";
import { busyOn, leftoversOn } from "./settled.ts";
import { removeShims } from "./shims.ts";

export interface Place {
  readonly bed: Bed;
  readonly operator: Operator;
}

export class Places implements AsyncDisposable {
  #place: Place | undefined;

  /** A place where this router can be built. */
  async for(router: RandomRouter): Promise<Place> {
    if (this.#place && !(await this.#place.bed.suits(router))) await this.drop();
    if (this.#place) return this.#place;
    const bed = await Bed.start(router);
    this.#place = { bed, operator: new Operator(bed.lab) };
    await startSite(bed.lab);
    return this.#place;
  }

  /** What is played next: where the last one was, if it can be. */
  next<T>(queue: T[], routerOf: (one: T) => RandomRouter): Promise<T | undefined> {
    return takeSuiting(queue, this.#place?.bed, routerOf);
  }

  /** The router goes; its place stays where it is as before, with no process of the fault in it. */
  async leave(): Promise<void> {
    const place = this.#place;
    if (!place) return;
    const { bed, operator } = place;
    const clean = async () => {
      if ((await busyOn(bed.lab)) || (await leftoversOn(bed.lab)).length > 0) return false;
      operator.loseState();
      await bed.lab.router.exec(END_SESSIONS);
      await removeShims(bed.lab);
      return (await bed.clear()) === "";
    };
    if (!(await clean().catch(() => false))) await this.drop();
  }

  async drop(): Promise<void> {
    const place = this.#place;
    this.#place = undefined;
    await place?.operator.kill();
    await place?.bed[Symbol.asyncDispose]().catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drop();
  }
}

/** Sessions whose operator is gone, or cut off. */
const END_SESSIONS = `for p in /proc/[0-9]*; do
  line=; read -r line <"$p/cmdline" || :
  case $line in *listener*) ;; "sshd: "*) kill -9 "\${p#/proc/}" ;; esac
done 2>/dev/null; :`;
