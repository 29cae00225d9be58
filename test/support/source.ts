import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';

/** The root of the checkout, with no slash at its end. */
export const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');

/** One source file, parsed. `path` is from the root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** What it imports: a path from the root where it is relative, else the package's own specifier. Types count like values. */
  readonly imports: readonly string[];
  /** Every call in it: the called name (`f`, or the last part of `a.b.f`), and the names that lead to it, outermost first. */
  readonly calls: readonly Call[];
}

export interface Call {
  /** `it.each(rows)('T1: x')` → `['it', 'each']`; `ctx.storage.setAlarm(t)` → `['ctx', 'storage', 'setAlarm']`. */
  readonly chain: readonly string[];
  /** The first argument where it is a text; of a template what stands between the values. */
  readonly text?: string;
}

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The `.ts` files below a folder of the root, without declarations. */
export function sourcesOf(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !path.includes('node_modules/'))
    .sort()
    .map(readSource);
}

export function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, ...parseSource(path, text) };
}

/** @throws Error where the text is no TypeScript. */
export function parseSource(path: string, text: string): Omit<SourceFile, 'path'> {
  const parsed = parseSync(path, text);
  const fault = parsed.errors[0];
  if (fault !== undefined) throw new Error(`${path}: ${fault.message}`);
  const specifiers: string[] = [];
  const calls: Call[] = [];
  walk(parsed.program as unknown as Node, (node) => {
    const source = node.source as Node | null | undefined;
    if (typeof source?.value === 'string') specifiers.push(source.value);
    if (node.type === 'CallExpression') calls.push(callOf(node));
  });
  const imports = specifiers.map((specifier) =>
    specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(path), specifier)).replaceAll('\\', '/') : specifier,
  );
  return { text, imports, calls };
}

function callOf(node: Node): Call {
  const chain = chainOf(node.callee as Node);
  const text = textOf((node.arguments as Node[])[0]);
  return text === undefined ? { chain } : { chain, text };
}

function chainOf(node: Node): string[] {
  switch (node.type) {
    case 'Identifier':
      return [node.name as string];
    case 'MemberExpression':
      return [...chainOf(node.object as Node), ...chainOf(node.property as Node)];
    case 'CallExpression':
    case 'ChainExpression':
      return chainOf((node.callee ?? node.expression) as Node);
    case 'TaggedTemplateExpression':
      return chainOf(node.tag as Node);
    default:
      return ['?'];
  }
}

function textOf(node: Node | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type !== 'TemplateLiteral') return undefined;
  return (node.quasis as { value: { cooked: string } }[]).map((part) => part.value.cooked).join(' ');
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const child of Object.values(node)) {
    for (const item of Array.isArray(child) ? child : [child]) {
      if (typeof item === 'object' && item !== null && typeof (item as Node).type === 'string') walk(item as Node, visit);
    }
  }
}
