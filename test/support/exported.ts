import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'vite';
import { ROOT } from './source.ts';

/** A name that an entry of the package gives away, where it is declared, and what stands above it. */
export interface Exported {
  readonly name: string;
  readonly path: string;
  /** The text of its doc comments: of all its declarations, where it is overloaded or a type beside a value. */
  readonly doc: string;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

interface Module {
  /** The doc comment of each declaration by its local name. */
  readonly docs: ReadonlyMap<string, string>;
  /** Exported name → where it is from; `path` absent: from here. */
  readonly names: ReadonlyMap<string, { readonly name: string; readonly path?: string }>;
  /** The modules that all is exported from. */
  readonly all: readonly string[];
}

const known = new Map<string, Module>();

/** All that a module exports, followed to the declarations. @throws Error for a name that leads nowhere. */
export function exportedFrom(path: string): Exported[] {
  const { names, all } = moduleAt(path);
  return [...[...names.keys()].map((name) => found(path, name)), ...all.flatMap(exportedFrom)];
}

function found(path: string, exported: string): Exported {
  const { names, docs } = moduleAt(path);
  const at = names.get(exported);
  if (at === undefined) throw new Error(`${path} exports no ${exported}`);
  if (at.path !== undefined) return { ...found(at.path, at.name), name: exported };
  return { name: exported, path, doc: docs.get(at.name) ?? '' };
}

function moduleAt(path: string): Module {
  const read = known.get(path) ?? readModule(path, readFileSync(join(ROOT, path), 'utf8'));
  known.set(path, read);
  return read;
}

/** @throws Error where an export is of a shape that this does not follow: a default, a namespace, or a name from another package. */
export function readModule(path: string, text: string): Module {
  const { program, comments } = parseSync(path, text);
  const docs = new Map<string, string>();
  const names = new Map<string, { name: string; path?: string }>();
  const all: string[] = [];
  const from = new Map<string, { name: string; path?: string }>();
  for (const node of program.body as unknown as Node[]) {
    const source = (node.source as { value: string } | null | undefined)?.value;
    const target = source === undefined ? {} : { path: source.startsWith('.') ? join(dirname(path), source) : source };
    if (node.type === 'ImportDeclaration') {
      for (const one of node.specifiers as Node[])
        if (one.type === 'ImportSpecifier') from.set(nameOf(one.local), { name: nameOf(one.imported), ...target });
    } else if (node.type === 'ExportAllDeclaration' && node.exported === null && target.path !== undefined) {
      all.push(target.path);
    } else if (node.type === 'ExportAllDeclaration' && node.exported !== null) {
      const name = nameOf(node.exported);
      names.set(name, { name });
      docs.set(name, docAbove(node.start));
    } else if (node.type === 'ExportNamedDeclaration') {
      for (const one of node.specifiers as Node[]) names.set(nameOf(one.exported), { name: nameOf(one.local), ...target });
      for (const name of declared(node.declaration as Node | null)) names.set(name, { name });
    } else if (node.type.startsWith('Export')) {
      throw new Error(`${path}: ${node.type} is not followed`);
    }
    for (const name of declared((node.declaration ?? node) as Node)) docs.set(name, `${docs.get(name) ?? ''}${docAbove(node.start)}`);
  }
  for (const [exported, at] of names) if (at.path === undefined) names.set(exported, from.get(at.name) ?? at);
  return { docs, names, all };

  function docAbove(start: number): string {
    const above = comments.findLast(({ end }) => end <= start);
    const isDoc = above?.type === 'Block' && above.value.startsWith('*') && text.slice(above.end, start).trim() === '';
    return isDoc ? above.value.replace(/^\s*\*+ ?/gm, '').trim() : '';
  }
}

/** The names that a declaration gives, or none. */
function declared(node: Node | null): string[] {
  if (node === null) return [];
  if (node.type === 'VariableDeclaration') return (node.declarations as Node[]).map(({ id }) => nameOf(id));
  return node.id === null || node.id === undefined ? [] : [nameOf(node.id)];
}

function nameOf(node: unknown): string {
  return (node as { name: string }).name;
}

/** Words that say nothing by themselves. */
const EMPTY = new Set('a an and are as at be by for from in is it its of on one or that the this to what which with'.split(' '));

/** Whether a comment is a sentence, and says something beside the words of the name: "The options." says nothing of `Options`. */
export function explains(name: string, doc: string): boolean {
  const prose = (doc.split(/^@/m)[0] ?? '').trim();
  const own = new Set(prose.toLowerCase().match(/[\p{L}\d]+/gu) ?? []);
  const restated = new Set(name.split(/(?=[A-Z])|_/).flatMap((word) => [word.toLowerCase(), `${word.toLowerCase()}s`]));
  const told = [...own].filter((word) => !EMPTY.has(word) && !restated.has(word));
  return told.length >= 2 && /[.:!?]\)?`*(\s|$)/.test(prose);
}
