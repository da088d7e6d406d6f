/**
 * The argument types, spelled out in dist with their documentation. In the sources they are inferred from schemas, and
 * hovering over one shows what the schema says of it; in declarations the compiler drops those comments.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const FLAGS = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType;

export function documentTypes(root: string, dist: string): void {
  const entry = join(root, "provider/index.ts");
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, "tsconfig.build.json"),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (problem) => {
        throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, "\n"));
      },
    },
  );
  const program = ts.createProgram([entry], config!.options);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
  for (const exported of checker.getExportsOfModule(module).filter(({ name }) => name.endsWith("Args"))) {
    const symbol = checker.getAliasedSymbol(exported);
    const source = symbol.declarations![0]!.getSourceFile().fileName;
    const file = source.replace(join(root, "provider"), dist).replace(/\.ts$/, ".d.ts");
    const text = readFileSync(file, "utf8");
    const members = printed(checker, checker.getDeclaredTypeOfSymbol(symbol), "");
    const inferred = new RegExp(
      `export (?:interface ${symbol.name} extends [^{]*\\{\\s*\\}|type ${symbol.name} = [^;]*;)`,
    );
    if (!inferred.test(text)) throw new Error(`${file}: no declaration of ${symbol.name}`);
    writeFileSync(
      file,
      text.replace(inferred, () => `export interface ${symbol.name} ${members}`),
    );
  }
}

/** A type as text, with the documentation of every property in it. */
function printed(checker: ts.TypeChecker, type: ts.Type, indent: string): string {
  const inner = (part: ts.Type) => printed(checker, part, indent);
  if (type.aliasSymbol?.name === "Input") return `pulumi.Input<${inner(type.aliasTypeArguments![0]!)}>`;
  if (checker.isArrayType(type)) {
    const item = inner(checker.getTypeArguments(type as ts.TypeReference)[0]!);
    return /^\w+$/.test(item) ? `${item}[]` : `(${item})[]`;
  }
  if (type.isUnion() && type.types.some((part) => part.flags & ts.TypeFlags.Object))
    return type.types.map(inner).join(" | ");
  if (!(type.flags & ts.TypeFlags.Object)) return checker.typeToString(type, undefined, FLAGS);
  const values = type.getStringIndexType();
  if (values) return `Record<string, ${inner(values)}>`;
  const members = type.getProperties().map((property) => member(checker, property, `${indent}  `));
  return `{\n${members.join("\n")}\n${indent}}`;
}

function member(checker: ts.TypeChecker, property: ts.Symbol, indent: string): string {
  const documentation = ts
    .displayPartsToString(property.getDocumentationComment(checker))
    .replaceAll("\n", `\n${indent} * `);
  const comment = documentation ? `${indent}/** ${documentation} */\n` : "";
  const optional = property.flags & ts.SymbolFlags.Optional ? "?" : "";
  return `${comment}${indent}${property.name}${optional}: ${printed(checker, checker.getTypeOfSymbol(property), indent)};`;
}
