/** The gRPC edge: the only file that touches generated stubs, and the only one with untyped values. */
import { createRequire } from "node:module";
import type { Properties } from "./values.ts";

// biome-ignore-start lint/suspicious/noExplicitAny: the generated stubs carry no usable types
export type Message = any;

const own = createRequire(import.meta.url);
/** Transitive packages are taken from where the SDK itself finds them. */
const sdk = createRequire(own.resolve("@pulumi/pulumi/package.json"));
const grpc: any = sdk("@grpc/grpc-js");
const struct: any = sdk("google-protobuf/google/protobuf/struct_pb.js");
const empty: any = sdk("google-protobuf/google/protobuf/empty_pb.js");
const status: any = sdk("./proto/status_pb.js");

export const resourceMessages: any = sdk("./proto/resource_pb.js");
export const engineMessages: any = sdk("./proto/engine_pb.js");
export const providerMessages: any = sdk("./proto/provider_pb.js");
const services: any = {
  monitor: sdk("./proto/resource_grpc_pb.js").ResourceMonitorService,
  engine: sdk("./proto/engine_grpc_pb.js").EngineService,
};
const providerService: any = sdk("./proto/provider_grpc_pb.js");
export const yaml: { load(text: string, options?: unknown): unknown; CORE_SCHEMA: unknown } = sdk("js-yaml");

export const codes = {
  cancelled: 1,
  unknown: 2,
  notFound: 5,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** SDK default: whole stacks in one message. */
const options = { "grpc.max_receive_message_length": 400 << 20, "grpc.max_send_message_length": 400 << 20 };

export const toStruct = (value: Properties): Message => struct.Struct.fromJavaScript(value);
export const fromStruct = (message: Message): Properties => (message ? message.toJavaScript() : {});
export const nothing = (): Message => new empty.Empty();

/** `build(Type, { urn })` calls `setUrn`; unset fields are left out as `undefined`. */
export function build(Type: any, fields: Record<string, unknown>): Message {
  const message = new Type();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) message[`set${name[0]!.toUpperCase()}${name.slice(1)}`](value);
  }
  return message;
}

/** A message as plain data: lower-case field names, default values left out, so that it compares with protojson. */
export function describe(message: Message): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const method of Object.getOwnPropertyNames(Object.getPrototypeOf(message))) {
    const name = /^get(\w+?)(?:List|Map)?$/.exec(method)?.[1];
    if (!name || /_as(U8|B64)$|Case$/.test(method)) continue;
    const explicit = message[`has${name}`] ? message[`has${name}`]() : undefined;
    if (explicit === false) continue;
    const value = plain(message[method]());
    const isDefault = value === undefined || value === "" || value === 0 || value === false || isEmpty(value);
    if (explicit || !isDefault) out[name.toLowerCase()] = value;
  }
  return out;
}

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;

function plain(value: any): unknown {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof struct.Struct) return value.toJavaScript();
  if (typeof value.toArray === "function" && typeof value.entries === "function") {
    const entries = value.toArray().map(([key]: [string]) => [key, plain(value.get(key))]);
    return entries.length ? Object.fromEntries(entries) : undefined;
  }
  return describe(value);
}

export type Handler = (request: Message) => Promise<Message>;

export class RpcError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface RunningServer {
  readonly address: string;
  stop(): void;
}

/** Serves ResourceMonitor and Engine on one port; what has no handler answers UNIMPLEMENTED. Handlers may be added later. */
export async function serve(handlers: Record<string, Handler>): Promise<RunningServer> {
  const server = new grpc.Server(options);
  for (const service of Object.values(services)) {
    const implementation: Record<string, unknown> = {};
    for (const method of Object.keys(service as object)) {
      implementation[method] = (call: any, done: any) => {
        const handler = handlers[method];
        if (!handler)
          return done({ code: codes.unimplemented, message: `${method} is not part of the stand-in engine` });
        handler(call.request).then(
          (reply) => done(null, reply),
          (error: Error) =>
            done({ code: error instanceof RpcError ? error.code : codes.unknown, message: error.message }),
        );
      };
    }
    server.addService(service, implementation);
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error: Error | null, bound: number) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

/** What a failed create or update left behind, from the status details. */
export interface Partial {
  readonly id: string;
  readonly properties: Properties;
  readonly inputs: Properties | undefined;
  readonly reasons: readonly string[];
}

export class ProviderError extends Error {
  readonly code: number;
  readonly partial: Partial | undefined;
  constructor(message: string, code: number, partial: Partial | undefined) {
    super(message);
    this.code = code;
    this.partial = partial;
  }
}

export interface ProviderClient {
  call(method: string, request: Message): Promise<Message>;
  close(): void;
}

export function connectProvider(port: string): ProviderClient {
  const client = new providerService.ResourceProviderClient(
    `127.0.0.1:${port}`,
    grpc.credentials.createInsecure(),
    options,
  );
  return {
    close: () => client.close(),
    call: (method, request) =>
      new Promise((resolve, reject) => {
        client[method](request, (error: any, reply: Message) =>
          error ? reject(providerError(error)) : resolve(reply),
        );
      }),
  };
}

function providerError(error: any): ProviderError {
  const encoded = error.metadata?.get("grpc-status-details-bin")?.[0];
  const partial = encoded ? decodePartial(encoded) : undefined;
  return new ProviderError(error.details || error.message, error.code, partial);
}

function decodePartial(encoded: Uint8Array): Partial | undefined {
  for (const detail of status.Status.deserializeBinary(encoded).getDetailsList()) {
    if (!String(detail.getTypeUrl()).endsWith("pulumirpc.ErrorResourceInitFailed")) continue;
    const failed = providerMessages.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
    return {
      id: failed.getId(),
      properties: fromStruct(failed.getProperties()),
      inputs: failed.getInputs() ? fromStruct(failed.getInputs()) : undefined,
      reasons: failed.getReasonsList(),
    };
  }
  return undefined;
}
// biome-ignore-end lint/suspicious/noExplicitAny: the generated stubs carry no usable types
