/** A new element with a class, text or children; attributes are set by name. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The element of the page with this id. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`broken invariant: the page has no #${id}`);
  return found;
}

/** Sets text only where it differs: a screen reader and the layout notice every write. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function setData(node: HTMLElement, name: string, value: string): void {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}

/** A style in px, through CSSOM: attributes would need an unsafe content policy. */
export function setPx(node: HTMLElement, property: 'left' | 'width' | 'top' | 'height' | 'max-width', px: number): void {
  node.style.setProperty(property, `${px}px`);
}
