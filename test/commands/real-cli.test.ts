/** Pulumi's commands and options other than up and destroy, with the real CLI: what docs/pulumi-commands.md says of each. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { type Drive, drive, hasPulumi, type Ran } from "../drive/index.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { succeeded } from "../rows/helpers.ts";
import { type Held, type Optioned, optioned, set } from "./optioned.ts";

const real = hasPulumi();
const MANIFEST = "cat /run/multiwan/manifest";
const ALL = ["link", "table", "rule", "servers", "main"] as const;
const without = (...kept: readonly string[]) => ({ without: ALL.filter((name) => !kept.includes(name)) });

(real ? describe : describe.skip)(`with the real CLI${real ? "" : " (there is none on PATH)"}`, () => {
  let lab: Lab;
  let home: string;
  let held: Held;
  let stack: Drive;
  let fresh: string;
  beforeAll(async () => {
    lab = await startLab({ foreign: false, defaultRoute: "default via 66.119.160.1 dev eth2" });
    fresh = await lab.router.dump();
    home = mkdtempSync(join(tmpdir(), "multiwan-commands-"));
    held = optioned();
    stack = another("lab");
    await up();
  }, 300_000);
  afterAll(async () => {
    held?.[Symbol.dispose]();
    rmSync(home, { recursive: true, force: true });
    await lab?.stop();
  });

  /** Another stack of the same backend. */
  const another = (name: string): Drive => {
    const env = { PULUMI_BACKEND_URL: `file://${home}`, PULUMI_HOME: join(home, "home"), ...held.env };
    const made = drive(lab, { engine: "pulumi", project: held.project, stack: name, env });
    set(made, {});
    return made;
  };
  const urn = (kind: string, name: string) =>
    `urn:pulumi:${stack.stack}::rows::pulumi-nodejs:dynamic/multiwan:${kind}::${name}`;
  const rule = () => urn("FwmarkRule", "rule");
  const up = async (given: Optioned = {}, ...args: string[]): Promise<string> => {
    set(stack, given);
    return text(stack.up("--skip-preview", ...args));
  };
  const text = async (run: Promise<Ran>): Promise<string> => {
    const ran = await run;
    succeeded(ran);
    return ran.text;
  };
  const state = (...words: string[]) => text(stack.cli("state", ...words, "--yes", "--stack", stack.stack));
  /** Expects that not one line of the router moves meanwhile. */
  const still = async <T>(run: () => Promise<T>): Promise<T> => {
    const watch = await lab.router.watchWrites();
    const ran = await run().finally(async () => {
      written = await watch.stop();
    });
    expect(written).toEqual([]);
    return ran;
  };
  let written: readonly string[] = [];
  const quiet = async (given: Optioned = {}) =>
    expect(await still(() => up(given))).not.toMatch(/ (created|updated|deleted|replaced)/);
  const rules = () => lab.router.exec("ip rule show");

  const minutes = 10;
  const trial = (name: string, play: () => Promise<void>) => test(name, play, minutes * 60_000);

  describe("no line of the router moves, and the up after it is quiet", () => {
    afterEach(() => quiet(), minutes * 60_000);

    trial("up --replace, and state taint with deleteBeforeReplace", async () => {
      expect(await still(() => up({}, "--replace", rule()))).toMatch(/1 replaced/);
      await state("taint", rule());
      expect(await still(() => up({ options: { rule: { deleteBeforeReplace: true } } }))).toMatch(/1 replaced/);
    });

    trial("a replacement that is killed between create and delete", async () => {
      await still(() => held.killedAt("delete", "FwmarkRule", () => up({}, "--replace", rule()).catch(String)));
      await stack.cancel();
      expect(await still(() => up())).toContain("deleted original");
    });

    trial("one that deletes first, killed between the two: pending until refresh --clear-pending-creates", async () => {
      const first = { options: { rule: { deleteBeforeReplace: true } } };
      await still(() => held.killedAt("create", "FwmarkRule", () => up(first, "--replace", rule()).catch(String)));
      const locked = await stack.up("--skip-preview");
      expect(locked.text).toContain("pulumi cancel");
      await stack.cancel();
      expect(await still(() => up(first))).toContain("interrupted while creating");
      expect(await still(() => text(stack.refresh("--skip-preview", "--clear-pending-creates")))).not.toContain(
        "warning",
      );
    });

    trial("state delete", async () => {
      await state("delete", rule(), "--target-dependents");
      expect(await still(() => up())).toMatch(/2 created/);
    });

    trial("a state that was lost", async () => {
      await text(stack.cli("stack", "rm", "--force", "--yes", "--preserve-config", "lab"));
      await text(stack.cli("stack", "init", "lab"));
      expect(await still(() => up())).toMatch(/6 created/);
    });

    trial("stack rename, and state rename", async () => {
      await text(stack.cli("stack", "rename", "renamed", "--stack", "lab"));
      stack.stack = "renamed";
      await state("rename", rule(), "mark");
      const names = { names: { rule: "mark" } };
      expect(await still(() => up(names))).toMatch(/5 updated/);
      expect(await lab.router.exec(MANIFEST)).toContain("owner rows/renamed/FwmarkRule/mark");
      expect(await lab.router.exec(MANIFEST)).not.toContain("rows/lab");
      await quiet(names);
      await text(stack.cli("stack", "rename", "lab", "--stack", "renamed"));
      stack.stack = "lab";
      await still(() => up({ options: { rule: { aliases: [{ name: "mark" }] } } }));
    });

    trial("state move to another stack, and back", async () => {
      const main = urn("DefaultRoute", "main");
      const other = another("other");
      set(other, without());
      await text(other.up("--skip-preview"));
      const move = (from: string, to: string, what: string) =>
        text(
          stack.cli(
            "state",
            "move",
            "--yes",
            "--source",
            `organization/rows/${from}`,
            "--dest",
            `organization/rows/${to}`,
            what,
          ),
        );
      await move("lab", "other", main);
      set(other, without("main"));
      expect(await still(() => text(other.up("--skip-preview")))).toMatch(/1 updated/);
      expect(await lab.router.exec(MANIFEST)).toContain("owner rows/other/DefaultRoute/main");
      await quiet({ without: ["main"] });
      await move("other", "lab", main.replace(":lab:", ":other:"));
      expect(await still(() => up())).toMatch(/1 updated/);
    });

    trial("retainOnDelete: the lines stay, and are its own again when it is declared again", async () => {
      await up({ options: { main: { retainOnDelete: true } } });
      await still(() => up({ without: ["main"] }));
      expect(await lab.router.exec(MANIFEST)).toContain("owner rows/lab/DefaultRoute/main");
      await still(() => up());
    });

    trial("protect: neither removed nor destroyed", async () => {
      await up({ options: { servers: { protect: true } } });
      set(stack, { without: ["servers"] });
      const removed = await still(() => stack.up("--skip-preview"));
      expect(removed.code).not.toBe(0);
      expect(removed.text).toContain("protected");
    });

    trial("import is refused, and what is there is adopted by a plain up", async () => {
      await state("delete", urn("DefaultRoute", "main"));
      const id = "rows/lab/DefaultRoute/main";
      const imported = await still(() =>
        stack.cli("import", "pulumi-nodejs:dynamic/multiwan:DefaultRoute", "main", id, "--yes", "--stack", "lab"),
      );
      expect(imported.code).not.toBe(0);
      expect(await still(() => up())).toMatch(/1 created/);
    });
  });

  trial(
    "refresh tells what the router has, by itself, with --run-program and in a preview; the up mends it",
    async () => {
      const before = await rules();
      for (const refresh of [
        () => text(stack.refresh("--skip-preview")),
        () => text(stack.refresh("--skip-preview", "--run-program")),
        () => text(stack.preview("--refresh")),
      ]) {
        await lab.router.exec("ip rule del pref 1024");
        await still(refresh);
        expect(await up()).toMatch(/1 (created|updated)/);
        expect(await rules()).toBe(before);
      }
      await quiet();
    },
  );

  trial("destroy --target needs --target-dependents; what is gone is created by the next up", async () => {
    const before = await rules();
    const refused = await still(() => stack.destroy("--skip-preview", "--target", rule()));
    expect(refused.code).not.toBe(0);
    expect(await text(stack.destroy("--skip-preview", "--target", rule(), "--target-dependents"))).toMatch(/2 deleted/);
    expect(await rules()).not.toContain("1024:");
    expect(await up()).toMatch(/2 created/);
    expect(await rules()).toBe(before);
  });

  trial(
    "up --exclude and --target change what is chosen, ignoreChanges nothing, replaceOnChanges updates",
    async () => {
      const given = { args: { rule: { priority: 1030 } } };
      await still(() => up(given, "--exclude", rule(), "--exclude-dependents"));
      expect(await still(() => up({ ...given, options: { rule: { ignoreChanges: ["priority"] } } }))).not.toMatch(
        /updated/,
      );
      await up({ ...given, options: { rule: { replaceOnChanges: ["*"] } } }, "--target", rule());
      expect(await rules()).toContain("1030:");
      expect(await rules()).not.toContain("1024:");
      await quiet(given);
    },
  );

  trial(
    "up --plan does what the plan says, drift included; an older state that is imported is brought up to date",
    async () => {
      const [plan, old] = [join(home, "plan.json"), join(home, "old.json")];
      await up();
      await text(stack.cli("stack", "export", "--stack", "lab", "--file", old));
      const given = { args: { main: { metric: 7 } } };
      set(stack, given);
      await lab.router.exec("ip rule del pref 1024");
      await text(stack.preview("--save-plan", plan));
      expect(await up(given, "--plan", plan)).toMatch(/2 updated/);
      await quiet(given);
      await text(stack.cli("stack", "import", "--stack", "lab", "--file", old));
      await still(() => up(given));
      await quiet(given);
      // The next one begins with the site as it is declared.
      await up();
    },
  );

  trial(
    "another stack takes over what a lost state has left, and its destroy leaves the router as it was found",
    async () => {
      await text(stack.cli("stack", "rm", "--force", "--yes", "--preserve-config", "lab"));
      stack = another("heir");
      const heir = { args: Object.fromEntries(ALL.map((name) => [name, { takeOverFrom: "rows/lab" }])) };
      const refused = await stack.preview();
      expect(refused.text).toContain("takeOverFrom: rows/lab");
      await still(() => up(heir));
      await quiet();
      await text(stack.destroy("--skip-preview"));
      expect(await lab.router.dump()).toBe(fresh);
    },
  );
});
