/**
 * `command:local:Command` as pulumi-resource-command 1.2 does it: create and update run a command for /bin/sh, changed triggers
 * replace, and a failure is an error with what was printed. Speaks the provider protocol; prints its port.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";

const own = createRequire(import.meta.url);
const sdk = createRequire(own.resolve("@pulumi/pulumi/package.json"));
const grpc = sdk("@grpc/grpc-js");
const { Struct } = sdk("google-protobuf/google/protobuf/struct_pb.js");
const { Empty } = sdk("google-protobuf/google/protobuf/empty_pb.js");
const messages = sdk("./proto/provider_pb.js");
const { ResourceProviderService } = sdk("./proto/provider_grpc_pb.js");

const make = (Type, fields) => {
  const message = new Type();
  for (const [name, value] of Object.entries(fields)) message[`set${name}`](value);
  return message;
};
const struct = (value) => Struct.fromJavaScript(value);

function run(command, { dir, environment }) {
  if (command === undefined) return {};
  const env = { ...process.env, ...environment };
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", command], { cwd: dir, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`exit status ${status}: running "${command}":\n${stderr}${stdout}`);
  return { stdout: stdout.trimEnd(), stderr: stderr.trimEnd() };
}

const methods = {
  handshake: () => new messages.ProviderHandshakeResponse(),
  checkConfig: (request) => make(messages.CheckResponse, { Inputs: request.getNews() }),
  diffConfig: () => new messages.DiffResponse(),
  configure: () => make(messages.ConfigureResponse, { Acceptsecrets: false, Acceptresources: false }),
  check: (request) => make(messages.CheckResponse, { Inputs: request.getNews() }),
  diff(request) {
    const [olds, news] = [request.getOldInputs().toJavaScript(), request.getNews().toJavaScript()];
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
    const changed = keys.filter((key) => !isDeepStrictEqual(olds[key], news[key]));
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
    return make(messages.DiffResponse, {
      Changes: changed.length > 0 ? DIFF_SOME : DIFF_NONE,
      ReplacesList: changed.filter((key) => key === "triggers"),
      DiffsList: changed,
    });
  },
  create(request) {
    const inputs = request.getProperties().toJavaScript();
    const id = `command${randomBytes(4).toString("hex")}`;
    const said = request.getPreview() ? {} : run(inputs.create, inputs);
    return make(messages.CreateResponse, { Id: id, Properties: struct({ ...inputs, ...said }) });
  },
  update(request) {
    const inputs = request.getNews().toJavaScript();
    const said = request.getPreview() ? {} : run(inputs.update ?? inputs.create, inputs);
    return make(messages.UpdateResponse, { Properties: struct({ ...inputs, ...said }) });
  },
  delete(request) {
    const inputs = request.getProperties().toJavaScript();
    run(inputs.delete, inputs);
    return new Empty();
  },
  read: (request) =>
    make(messages.ReadResponse, {
      Id: request.getId(),
      Properties: request.getProperties(),
      Inputs: request.getInputs(),
    }),
  cancel: () => new Empty(),
};

const server = new grpc.Server();
server.addService(
  ResourceProviderService,
  Object.fromEntries(
    Object.keys(ResourceProviderService).map((name) => [
      name,
      (call, done) => {
        if (!methods[name]) return done({ code: grpc.status.UNIMPLEMENTED, message: `${name} is not part of this` });
        try {
          done(null, methods[name](call.request));
        } catch (error) {
          done({ code: grpc.status.UNKNOWN, message: error.message });
        }
      },
    ]),
  ),
);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
