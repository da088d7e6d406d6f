import { describe, expect, test } from "@jest/globals";
import { INTERNET, startLab } from "../lab/index.ts";
import { DEFAULT_ISP1, MAP } from "../lab/recipe.ts";
import { startSite } from "../lab/site.ts";
import { iptablesVariants } from "../variants.ts";
import { direct } from "./direct.ts";
import { DOORS, succeeded, through } from "./helpers.ts";

describe.each(iptablesVariants("legacy"))(
  "connections that are open while the router changes, iptables %s",
  (iptables) => {
    test("one from before the first up is marked with the link it uses, and survives a default that moves with that up", async () => {
      await using lab = await startLab({ iptables, defaultRoute: DEFAULT_ISP1 });
      await startSite(lab);
      await lab.router.exec(MAP);
      await using outside = await lab.connect({ ...DOORS.one, hold: true });
      await using inside = await lab.connect({ from: "lanhost", to: INTERNET.web, port: 80, hold: true });
      await using stack = await direct(lab);
      stack.site = { ...stack.site, default: "wan_two" };
      // Both sides speak while the change is made, as connections do.
      const talk = talking(async () => {
        await outside.echo("x", 20_000);
        await inside.echo("x", 20_000);
      });
      succeeded(await stack.up());
      await talk.end();
      for (const held of [outside, inside]) {
        await held.echo();
        expect(await held.paths()).toEqual({ inbound: "isp1", outbound: "isp1", dropped: [] });
      }
      expect(await lab.connect({ from: "lanhost", to: INTERNET.web, port: 80 })).toMatchObject(through("isp2"));
      // What the administrator had typed stays when we go, equal lines included.
      succeeded(await stack.destroy());
      await outside.echo();
    });

    test("those through either door survive whatever else of the site changes, without losing a byte", async () => {
      await using lab = await startLab({ iptables });
      await startSite(lab);
      await using stack = await direct(lab);
      succeeded(await stack.up());
      await using one = await lab.connect({ ...DOORS.one, hold: true });
      await using two = await lab.connect({ ...DOORS.two, hold: true });
      const talk = talking(() => Promise.all([one.echo("x", 20_000), two.echo("x", 20_000)]));
      const links = stack.site.links as Record<string, object>;
      const publish = stack.site.publish as object[];
      const changes = {
        "an alias more on the second link": {
          links: { ...links, wan_two: { ...links.wan_two, aliases: ["216.111.1.20"] } },
        },
        "a door more and a door less": {
          publish: [
            ...publish.slice(0, -1),
            { link: "wan_one", address: "123.234.1.13", server: "server3", tcp: [81] },
          ],
        },
        "the default": { default: "wan_two" },
      };
      for (const change of Object.values(changes)) {
        stack.site = { ...stack.site, ...change };
        succeeded(await stack.up());
      }
      await talk.end();
      expect(await one.paths()).toEqual({ inbound: "isp1", outbound: "isp1", dropped: [] });
      expect(await two.paths()).toEqual({ inbound: "isp2", outbound: "isp2", dropped: [] });
    });
  },
);

/** Speaks all the while; `end` throws what went wrong. */
function talking(speak: () => Promise<unknown>) {
  let on = true;
  const work = (async () => {
    while (on) await speak();
  })();
  work.catch(() => undefined);
  return {
    end: async () => {
      on = false;
      await work;
    },
  };
}
