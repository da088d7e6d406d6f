import * as pulumi from "@pulumi/pulumi";
import { inputsOf, type RouterResource, type RouterResourceOptions } from "../resources/base.ts";
import { BootConfig } from "../resources/boot-config.ts";
import { ConnmarkChain } from "../resources/connmark-chain.ts";
import { DefaultRoute } from "../resources/default-route.ts";
import { FwmarkRule } from "../resources/fwmark-rule.ts";
import { RoutingTable } from "../resources/routing-table.ts";
import { ServerMap } from "../resources/server-map.ts";
import { SourceRule } from "../resources/source-rule.ts";
import { WanLink } from "../resources/wan-link.ts";
import { checkSite, formatFaults } from "./check.ts";
import { compose, type Declared } from "./compose.ts";
import { type Path, placeOf } from "./faults.ts";
import { sayOldName } from "./old-names.ts";
import { placesOf } from "./places.ts";
import { siteProof } from "./prove.ts";
import type { SiteArgs } from "./schema.ts";
import { siblingsOf } from "./siblings.ts";
import { type SiteSummary, summaryOf } from "./summary.ts";

/** Options of a `MultiWan`. */
export interface MultiWanOptions extends pulumi.ComponentResourceOptions {
  /** Where the site is written, such as `multiwan:site`: errors name their place in it. Default: the component's name. */
  declaredAt?: string;
}

/**
 * A whole site: one router, its ISPs, its servers and what they publish. It is plain data, so that everything about it is
 * checked before anything is asked of the router, and all faults come at once.
 *
 * ```ts
 * new MultiWan("site", {
 *   default: "wan_one",
 *   lan: { device: "eth0", networks: ["172.16.1.0/24"] },
 *   links: {
 *     wan_one: { id: 1, device: "eth1", gateway: "149.99.251.145" },
 *     wan_two: { id: 2, device: "eth2", gateway: "66.119.160.1" },
 *   },
 *   servers: { mail: "172.16.1.130" },
 *   publish: [{ link: "wan_one", address: "123.234.1.12", server: "mail", tcp: [25] }],
 * });
 * ```
 *
 * @throws pulumi.RunError that lists every fault with its path in the site; or, where some connection would not get its
 * answer by the link it came in on, that connection step by step.
 */
export class MultiWan extends pulumi.ComponentResource {
  /** The links by name, with their numbers. */
  declare readonly links: pulumi.Output<SiteSummary["links"]>;
  /** One text per published service: `tcp 123.234.1.12:25 -> server2 172.16.1.130 (wan_one)`. */
  declare readonly published: pulumi.Output<SiteSummary["published"]>;
  /** @deprecated The name of `published` in earlier versions: there until version 1.0. */
  declare readonly doors: pulumi.Output<SiteSummary["published"]>;
  /** The link that packets without a mark leave by, or `unmanaged`. */
  declare readonly default: pulumi.Output<string>;
  /** The servers whose own traffic is switched to a link. */
  declare readonly via: pulumi.Output<SiteSummary["via"]>;
  /** The lines of all its resources: changes when anything does that the site means. Known in a preview, not in the state. */
  declare readonly config: pulumi.Output<string>;

  constructor(name: string, site: SiteArgs, options: MultiWanOptions = {}) {
    const { declaredAt = name, ...rest } = options;
    // Not the site: its children show what a change of it means, line by line.
    super("multiwan:index:MultiWan", name, {}, rest);
    const checked = checkSite(site);
    if ("faults" in checked)
      throw new pulumi.RunError(
        [`The site ${name} has faults:`, ...formatFaults(checked.faults, declaredAt)].join("\n  "),
      );
    for (const name of checked.old) void pulumi.log.warn(sayOldName(name, declaredAt));
    const { faults, weaknesses } = siteProof(checked.site);
    if (faults.length > 0)
      throw new pulumi.RunError(
        [`The site ${declaredAt} would lose connections, so it is refused:`, ...faults].join("\n  "),
      );
    for (const weakness of weaknesses) void pulumi.log.warn(`${declaredAt}: ${weakness}`, this);
    const made = new Map<string, RouterResource>();
    const resources = compose(checked.site, name).map((declared) => {
      const at = (path: Path) => placeOf(path, declaredAt);
      const places = Object.fromEntries(
        Object.entries(placesOf(checked.site, declared)).map(([key, path]) => [key, at(path)]),
      );
      return { declared: withCommon(declared), options: { parent: this, declaredAt: at(declared.at), places } };
    });
    const siblings = siblingsOf(
      resources.map(({ declared: { kind, name, args }, options }) => [kind, inputsOf(kind, name, args, options)]),
    );
    for (const { declared, options } of resources) {
      const dependsOn = declared.dependsOn.map((other) => made.get(other)!);
      const tells = dependsOn.length === 0 && siblings.take();
      made.set(declared.name, register(declared, { ...options, dependsOn, ...(tells && { siblings: tells }) }));
    }
    const summary = summaryOf(checked.site);
    this.links = pulumi.output(summary.links);
    this.published = pulumi.output(summary.published);
    this.doors = this.published;
    this.default = pulumi.output(summary.default);
    this.via = pulumi.output(summary.via);
    this.config = pulumi.all([...made.values()].map(({ config }) => config)).apply((texts) => texts.join("\n"));
    this.registerOutputs({ ...summary, doors: summary.published });
  }
}

function withCommon({ replace, takeOverFrom, ...declared }: Declared): Declared {
  const common = { ...(replace && { replace: [...replace] }), ...(takeOverFrom !== undefined && { takeOverFrom }) };
  return { ...declared, args: { ...declared.args, ...common } } as Declared;
}

function register(declared: Declared, options: RouterResourceOptions): RouterResource {
  switch (declared.kind) {
    case "WanLink":
      return new WanLink(declared.name, declared.args, options);
    case "RoutingTable":
      return new RoutingTable(declared.name, declared.args, options);
    case "FwmarkRule":
      return new FwmarkRule(declared.name, declared.args, options);
    case "SourceRule":
      return new SourceRule(declared.name, declared.args, options);
    case "DefaultRoute":
      return new DefaultRoute(declared.name, declared.args, options);
    case "ConnmarkChain":
      return new ConnmarkChain(declared.name, declared.args, options);
    case "ServerMap":
      return new ServerMap(declared.name, declared.args, options);
    case "BootConfig":
      return new BootConfig(declared.name, declared.args, options);
    default:
      return declared satisfies never;
  }
}
