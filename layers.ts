/**
 * The layering of provider/: what each folder may import, from the bottom up. docs/development.md shows it; `npm run lint` holds the
 * sources to it (.dependency-cruiser.js), and test/layers compares the page with it.
 */

interface Layer {
  readonly what: string;
  /** Folders of provider/, or single files in them. */
  readonly may: readonly string[];
  /** Of npm and of Node; `node:*` is any of Node. */
  readonly packages?: readonly string[];
  /** Reasons for an arrow that may surprise. */
  readonly why?: string;
}

export const LAYERS: Readonly<Record<string, Layer>> = {
  model: {
    what: "values: addresses, routes, policy rules, packet rules, snapshots; equality and order",
    may: [],
    packages: ["ipaddr.js", "node:crypto"],
  },
  dialects: {
    what: "the words of each tool, both ways: the shell, iproute2, iptables, nftables",
    may: ["model"],
    packages: ["node:crypto"],
  },
  coexistence: { what: "footprints of other programs, free numbers", may: ["model", "dialects"] },
  kinds: {
    what: "per kind of resource: schema, what it means, what it refuses",
    may: ["model", "dialects", "coexistence"],
    packages: ["node:crypto", "zod"],
    why: "a kind refuses a number or a name by the program that has it already",
  },
  walk: {
    what: "what the kernel does with a packet: hooks, conntrack, policy rules, routes",
    may: ["model", "dialects"],
  },
  plan: {
    what: "settle, collide, drift, steps with inverses, the manifest",
    may: ["model", "dialects", "coexistence", "kinds"],
    packages: ["zod"],
  },
  proof: {
    what: "what must hold on a router, and whether it does",
    may: ["model", "dialects", "walk", "plan"],
    why: "a change is proved on the router that its plan leaves, and by the manifest where no site is at hand",
  },
  guard: { what: "the protocol of a transaction, and its shell", may: ["model", "dialects", "kinds", "plan"] },
  ssh: {
    what: "the connection: settings, login, host keys, one shell",
    may: ["model", "dialects", "kinds"],
    packages: ["node-ssh", "ssh2", "zod", "node:*"],
  },
  observe: {
    what: "the reading of a router, and the parsing of what it prints",
    may: ["model", "dialects", "coexistence", "kinds", "plan", "guard", "ssh"],
    packages: ["node:crypto", "node:dns/promises", "node:net"],
  },
  transact: {
    what: "the queue, the transaction and the probe for a new connection",
    may: ["model", "dialects", "coexistence", "kinds", "plan", "proof", "guard", "ssh", "observe"],
    packages: ["node:crypto", "node:os"],
  },
  lifecycle: {
    what: "the one generic dynamic provider: check, diff, create, read, update, delete",
    may: ["model", "dialects", "kinds", "plan", "proof", "ssh", "transact"],
    packages: ["@pulumi/pulumi", "zod", "node:*"],
  },
  resources: {
    what: "the program's side: classes and their arguments",
    may: ["model", "kinds", "ssh/settings.ts"],
    packages: ["@pulumi/pulumi", "zod"],
    why: "the settings of a router are refused in the program by the schema that the connection uses",
  },
  site: {
    what: "MultiWan: schema, checks and proof of a whole site",
    may: ["model", "kinds", "walk", "proof", "resources", "ssh/settings.ts"],
    packages: ["@pulumi/pulumi", "zod", "node:*"],
    why: "as resources",
  },
  diagram: {
    what: "a site, and a packet's way through it, as boxes and lines; SVG and Mermaid of them",
    may: ["model", "walk", "proof", "site"],
    packages: ["@dagrejs/dagre"],
  },
  cli: {
    what: "the multiwan command: one file per subcommand in commands/",
    may: [
      ...["model", "dialects", "coexistence", "kinds", "walk", "plan", "proof", "guard", "ssh", "observe", "transact"],
      ...["lifecycle", "site", "diagram", "compile-cache.ts"],
    ],
    packages: ["cli-table3", "commander", "js-yaml", "picocolors", "zod", "node:*"],
  },
  policies: {
    what: "the rules of the policy pack",
    may: ["kinds", "ssh/settings.ts", "cli/stack"],
    packages: ["node:*"],
    why: "which secrets a stack has is read as the command reads its stack file",
  },
};
