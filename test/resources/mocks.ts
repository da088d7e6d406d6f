/** Pulumi's own mocks: every registration is recorded, as the engine would get it. */
import * as pulumi from "@pulumi/pulumi";

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly provider: string | undefined;
  readonly parent: string | undefined;
  readonly dependencies: readonly string[];
}

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
}

interface Monitor {
  registerResource(request: Request, ...rest: unknown[]): unknown;
}

/** Runs a program and gives back what it registered, in the order of registration. */
export async function registered(program: () => unknown): Promise<Registered[]> {
  const seen: Registered[] = [];
  const requests = new Map<string, Request>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id, provider }) => {
        const request = requests.get(`${type} ${name}`);
        seen.push({
          type,
          name,
          inputs,
          provider: provider || undefined,
          parent: nameOf(request?.getParent()),
          dependencies: (request?.getDependenciesList() ?? []).map((urn) => nameOf(urn) ?? "").sort(),
        });
        return { id: id ?? `${name}-id`, state: { ...inputs, config: "lines", router: "172.16.1.1" } };
      },
      call: ({ inputs }) => inputs,
    },
    "shop",
    "prod",
  );
  // Mocks are not told of parents and dependencies, so the requests are looked at on their way there.
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, ...rest) => {
    requests.set(`${request.getType()} ${request.getName()}`, request);
    return register(request, ...rest);
  };
  await program();
  await pulumi.runtime.disconnect();
  return seen.filter(({ type }) => type !== "pulumi:pulumi:Stack");
}

function nameOf(urn: string | undefined): string | undefined {
  return urn?.split("::").at(-1);
}
