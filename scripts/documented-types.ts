/**
 * The argument types, spelled out in dist with their documentation. In the sources they are inferred from schemas, and
 * hovering over one shows what the schema says of it; in declarations the compiler drops those comments.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const FLAGS = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType;
const NAMESPACE = 'import type * as pulumi from "@pulumi/pulumi";\n';

/** @param program the one that dist was made by */
export function documentTypes(program: ts.Program, root: string, dist: string): void {
  const entry = join(root, "provider/index.ts");
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
    const documented = text.replace(inferred, () => `export interface ${symbol.name} ${members}`);
    const named = !/\bpulumi\./.test(members) || /^import .*\* as pulumi from/m.test(text);
    writeFileSync(file, named ? documented : NAMESPACE + documented);
  }
}

/** A type as text, with the documentation of every property in it. */
function printed(checker: ts.TypeChecker, type: ts.Type, indent: string): string {
  const inner = (part: ts.Type) => printed(checker, part, indent);
  const value = inputOf(checker, type);
  if (value) return `pulumi.Input<${inner(value)}>`;
  if (checker.isArrayType(type)) {
    const item = inner(checker.getTypeArguments(type as ts.TypeReference)[0]!);
    return /^\w+$/.test(item) ? `${item}[]` : `(${item})[]`;
  }
  if (type.isUnion() && type.types.some((part) => part.flags & ts.TypeFlags.Object))
    return type.types.map(inner).join(" | ");
  if (!(type.flags & ts.TypeFlags.Object)) return checker.typeToString(type, undefined, FLAGS);
  const values = type.getStringIndexType();
  if (values) return `Record<string, ${inner(values)}>`;
  refuseForeign(checker, type);
  const members = type.getProperties().map((property) => member(checker, property, `${indent}  `));
  return `{\n${members.join("\n")}\n${indent}}`;
}

/**
 * What a `pulumi.Input` is an input of. The alias is lost where `undefined` joins the union, as it does for every optional
 * property: then its promise tells.
 */
function inputOf(checker: ts.TypeChecker, type: ts.Type): ts.Type | undefined {
  if (type.aliasSymbol?.name === "Input") return type.aliasTypeArguments![0]!;
  if (!type.isUnion()) return undefined;
  const named = (name: string) => type.types.find((part) => part.symbol?.name === name);
  const promise = named("OutputInstance") && named("Promise");
  return promise && checker.getTypeArguments(promise as ts.TypeReference)[0];
}

/** A class or an interface of somebody's library is written by its name, or not at all: its members are no argument. */
function refuseForeign(checker: ts.TypeChecker, type: ts.Type): void {
  const methods = type.getCallSignatures().length + type.getConstructSignatures().length > 0;
  const library =
    type.symbol?.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface) && type.getProperties().length > 0;
  const ownFile = type.symbol?.declarations?.every((one) => !one.getSourceFile().isDeclarationFile);
  if (methods || (library && !ownFile)) throw new Error(`${checker.typeToString(type)} cannot be spelled out`);
}

function member(checker: ts.TypeChecker, property: ts.Symbol, indent: string): string {
  const documentation = ts
    .displayPartsToString(property.getDocumentationComment(checker))
    .replaceAll("\n", `\n${indent} * `);
  const comment = documentation ? `${indent}/** ${documentation} */\n` : "";
  const optional = property.flags & ts.SymbolFlags.Optional ? "?" : "";
  return `${comment}${indent}${property.name}${optional}: ${printed(checker, checker.getTypeOfSymbol(property), indent)};`;
}
