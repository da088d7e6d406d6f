/** From a branch to the router, as docs/delivery.md tells it: each job's own commands, with the real CLI, in a clean environment. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ForgeName } from "../../provider/cli/workflows/render.ts";
import { hasPulumi, labSite } from "../drive/index.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { install } from "../security/installed.ts";
import { variants } from "../variants.ts";
import { type Office, openOffice } from "./runner.ts";

const real = hasPulumi();
const MINUTES = 10 * 60_000;

describe.each(variants(["github", "gitlab", "forgejo"] satisfies ForgeName[], "github"))("%s", (forge) => {
  (real ? describe : describe.skip)(`with the real CLI${real ? "" : " (there is none on PATH)"}`, () => {
    let lab: Lab;
    let office: Office;
    let fresh: string;
    const site = labSite();
    const publish = site.publish as object[];
    const opened = (port: number) => ({
      ...site,
      publish: [...publish, { link: "wan_two", address: "216.111.1.13", server: "server3", tcp: [port] }],
    });
    const rules = () => lab.router.exec("ip rule show");
    const mark = async () => (await rules()).match(/^(\d+):.*fwmark 0x1 lookup/m)![1]!;

    beforeAll(async () => {
      lab = await startLab();
      await install(lab, "ci", "multiwan-observe");
      fresh = await lab.router.dump();
      office = await openOffice(lab, forge, "ci");
    }, MINUTES);
    afterAll(async () => {
      await office?.[Symbol.asyncDispose]();
      await lab?.stop();
    });

    test(
      "a first site is reviewed with a key that may only read, and applied by its plan; nothing is left to do then",
      async () => {
        await office.declare(site);
        expect(await office.job("review")).toMatchObject({ code: 0 });
        expect(office.reviewed()).toContain("north");
        expect(await lab.router.dump()).toBe(fresh);
        expect(office.plans()).toHaveLength(1);
        for (const plan of office.plans()) expect(JSON.parse(plan)).not.toHaveProperty("config");
        const applied = await office.job("apply");
        expect(applied.text).toContain("created");
        expect(applied.text).toMatch(/\d+ hold/);
        expect(applied.code).toBe(0);
        expect(await office.job("apply")).toMatchObject({ code: 0, text: expect.stringContaining("nothing to do") });
      },
      MINUTES,
    );

    test(
      "a router that has drifted since the review is refused, in words, and nothing of it moves",
      async () => {
        await office.declare(opened(8443));
        expect(await office.job("review")).toMatchObject({ code: 0 });
        const pref = await mark();
        await lab.router.exec(`ip rule del pref ${pref}`);
        const drifted = await lab.router.dump();
        const refused = await office.job("apply");
        expect(refused.code).toBe(1);
        expect(refused.text).toContain("Changed on the router since the review:");
        expect(refused.text).toMatch(
          /FwmarkRule site-wan_one-rule\n +missing: \d+: from all fwmark 0x1 lookup wan_one/,
        );
        expect(refused.text).toContain("have the new plan reviewed");
        expect(await lab.router.dump()).toBe(drifted);
      },
      MINUTES,
    );

    test(
      "the drift check opens an issue with the line; the next review has it, and its apply mends it; the next check closes it",
      async () => {
        const found = await office.job("drift");
        expect(found.code).toBe(0);
        expect(office.issues()).toMatchObject([{ title: "Drift on north", state: "open" }]);
        expect(office.issues()[0]!.text).toMatch(/missing: \d+: from all fwmark 0x1 lookup wan_one/);
        expect(await office.job("review")).toMatchObject({ code: 0 });
        expect(await office.job("apply")).toMatchObject({ code: 0 });
        expect(await rules()).toMatch(/fwmark 0x1 lookup/);
        expect(await office.job("drift")).toMatchObject({ code: 0 });
        expect(office.issues()).toMatchObject([{ state: "closed" }]);
      },
      MINUTES,
    );

    test(
      "a commit that came between review and merge is refused by its lines",
      async () => {
        await office.declare(opened(8444));
        expect(await office.job("review")).toMatchObject({ code: 0 });
        await office.declare(opened(8445));
        const refused = await office.job("apply");
        expect(refused.code).toBe(1);
        expect(refused.text).toMatch(/Declared otherwise than in the review:[\s\S]*\+ .*8445/);
      },
      MINUTES,
    );
  });
});
