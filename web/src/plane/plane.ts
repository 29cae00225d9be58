import { element, setText } from '../element.ts';
import type { LabRecord, LabState } from '../lab/state.ts';
import { canvasOf } from './canvas.ts';
import { dotAt } from './dots.ts';
import { draggedTo } from './drag.ts';
import { press } from './keys.ts';
import { legend } from './legend.ts';
import type { Moving, Scene } from './scene.ts';
import { recordTable } from './table.ts';
import { tipBox, tipOf } from './tip.ts';
import { type PlaneView, pxPerMs, seenAt, spanFor, viewOf, xAt, ZOOM_MOST } from './view.ts';
import { captionOf } from './words.ts';

export interface PlaneOptions {
  /** The reader has moved a record: when it is to have stood in the log. */
  onMove(offset: number, appended: number): void;
  onSelect(offset: number): void;
  /** True where the reader wants no motion: the plane goes on in steps. */
  calm(): boolean;
}

export interface Plane {
  /** Draws a state at an instant of the lab's clock; cheap where nothing has changed. */
  update(state: LabState, now: number): void;
}

const REACH_PX = { mouse: 10, other: 20 };
/** A pointer that has moved less than this has clicked, px. */
const CLICK_MOST_PX = 4;
/** How far the plane moves at a time for readers who want no motion, px. */
const CALM_STEP_PX = 24;
const CAPTION_EVERY_MS = 250;
/** Out of sight it is drawn seldom, for what takes a picture of the whole page. */
const UNSEEN_EVERY_MS = 1_000;
const HELP =
  'Arrow keys go from record to record. Space selects one. Enter takes it up: then the arrow keys move when it stood in the log, with Shift in bigger steps, Enter sets it and Escape leaves it.';

/** Event time over processing time, as it happens: the records, both watermarks, and what is too late. Records can be moved along processing time. */
export function plane(host: HTMLElement, { onMove, onSelect, calm }: PlaneOptions): Plane {
  const canvas = canvasOf();
  const tip = tipBox();
  const field = element(
    'div',
    {
      class: 'plane-field',
      tabindex: '0',
      role: 'application',
      'aria-label': 'Records by when they happened and when they came',
      'aria-description': HELP,
    },
    canvas.root,
    tip.root,
  );
  const caption = element('p', { class: 'plane-caption' });
  const spoken = element('span', { class: 'unseen', role: 'status' });
  const closer = element('button', { type: 'button', 'aria-label': 'Show a shorter time' }, '+');
  const farther = element('button', { type: 'button', 'aria-label': 'Show a longer time' }, '−');
  const zoomer = element('div', { class: 'plane-zoom' }, farther, closer);
  const table = recordTable(() => performance.now());
  const asTable = element('button', { type: 'button', class: 'plane-as', 'aria-pressed': 'false' }, 'As a table');
  const foot = element('div', { class: 'plane-foot' }, legend(), asTable);
  host.append(caption, element('div', { class: 'plane-stage' }, field, zoomer, table.root), foot, spoken);

  let zoom = 0;
  let state: LabState | undefined;
  let now = 0;
  let view: PlaneView | undefined;
  /** By offset: a state later it is another object. */
  let shownOffset: number | undefined;
  let selectedOffset: number | undefined;
  let moving: Moving | undefined;
  let grasp: { readonly pointer: number; readonly x: number; readonly grip: number; moved: boolean } | undefined;
  let focused = false;
  /** While a dot is held or under the pointer the plane stands still, so that it can be taken. */
  let stoodAt: number | undefined;
  let touched = true;
  let drawn: { state: LabState; view: PlaneView } | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let toldAt = Number.NEGATIVE_INFINITY;

  const find = (offset: number | undefined): LabRecord | undefined =>
    offset === undefined ? undefined : state?.records.find((record) => record.offset === offset);
  const change = (): void => {
    touched = true;
    if (state !== undefined) draw(state);
  };

  function viewNow({ settings }: LabState): PlaneView {
    const { width, height } = canvas.size();
    const spanMs = spanFor(settings.windowMs + settings.graceMs, zoom);
    const following = viewOf(width, height, now, spanMs);
    const step = calm() ? CALM_STEP_PX / pxPerMs(following) : 1;
    const standing = stoodAt === undefined ? undefined : viewOf(width, height, stoodAt, spanMs);
    const isPast = standing !== undefined && moving === undefined && xAt(standing, now) > width;
    return standing !== undefined && !isPast ? standing : { ...following, to: Math.ceil(now / step) * step };
  }

  function draw(given: LabState): void {
    const next = viewNow(given);
    if (next.right <= next.left || (!canvas.isSeen() && performance.now() - drawnAt < UNSEEN_EVERY_MS)) return;
    const isSame = drawn?.state === given && drawn.view.to === next.to && drawn.view.width === next.width && drawn.view.height === next.height;
    if (isSame && !touched && stoodAt === undefined) return;
    touched = false;
    view = next;
    drawn = { state: given, view };
    drawnAt = performance.now();
    const scene: Scene = { view, state: given, now, shown: find(shownOffset), focused, selected: find(selectedOffset), moving };
    canvas.paint(scene);
    tip.place(scene);
  }

  /** What is held, or what has just been set down. */
  const say = (set: Moving | undefined): void => {
    if (state === undefined) return;
    const told = tipOf({ shown: find(shownOffset), moving: set ?? moving, state })?.join('. ') ?? '';
    setText(spoken, set === undefined ? told : `Moved. ${told}`);
  };
  const under = (event: PointerEvent): LabRecord | undefined =>
    state && view && dotAt(state.records, view, event.offsetX, event.offsetY, event.pointerType === 'mouse' ? REACH_PX.mouse : REACH_PX.other);
  const look = (record: LabRecord | undefined): void => {
    shownOffset = record?.offset;
    stoodAt = record === undefined ? undefined : (stoodAt ?? view?.to);
    field.dataset.over = String(record !== undefined);
  };

  canvas.root.addEventListener('pointerdown', (event) => {
    const record = under(event);
    focused = false;
    moving = undefined;
    look(record);
    if (record !== undefined && view !== undefined && event.isPrimary && event.button === 0) {
      grasp = { pointer: event.pointerId, x: event.offsetX, grip: event.offsetX - xAt(view, seenAt(record)), moved: false };
      canvas.root.setPointerCapture(event.pointerId);
    }
    change();
  });
  canvas.root.addEventListener('pointermove', (event) => {
    if (grasp === undefined) {
      if (event.pointerType !== 'mouse' || moving !== undefined) return;
      focused = false;
      look(under(event));
      return change();
    }
    if (event.pointerId !== grasp.pointer || view === undefined) return;
    grasp.moved ||= Math.abs(event.offsetX - grasp.x) >= CLICK_MOST_PX;
    const record = moving?.record ?? find(shownOffset);
    if (!grasp.moved || record === undefined) return;
    moving = { record, appended: draggedTo(record, view, event.offsetX, grasp.grip) };
    change();
  });
  canvas.root.addEventListener('pointerup', (event) => {
    if (event.pointerId !== grasp?.pointer) return;
    const set = moving;
    const clicked = grasp.moved ? undefined : shownOffset;
    release();
    if (set !== undefined) settle(set);
    else if (clicked !== undefined) select(clicked);
    if (event.pointerType === 'mouse') look(under(event));
    change();
  });
  for (const ended of ['pointercancel', 'lostpointercapture'] as const)
    canvas.root.addEventListener(ended, () => {
      if (grasp === undefined) return;
      release();
      look(undefined);
      change();
    });
  canvas.root.addEventListener('pointerleave', () => {
    if (grasp !== undefined || focused) return;
    look(undefined);
    change();
  });

  function release(): void {
    grasp = undefined;
    moving = undefined;
    stoodAt = undefined;
  }
  function settle(set: Moving): void {
    onMove(set.record.offset, set.appended);
  }
  function select(offset: number): void {
    selectedOffset = offset;
    onSelect(offset);
  }

  field.addEventListener('keydown', (event) => {
    if (state === undefined || view === undefined || event.altKey || event.ctrlKey || event.metaKey || grasp !== undefined) return;
    const shown = find(shownOffset);
    const pressed = press(event.key, event.shiftKey, { shown, moving }, { records: state.records, view, windowMs: state.settings.windowMs });
    if (pressed === undefined) return;
    event.preventDefault();
    focused = true;
    look(pressed.shown);
    moving = pressed.act === 'move' ? undefined : pressed.moving;
    const set = pressed.act === 'move' ? pressed.moving : undefined;
    if (set !== undefined) settle(set);
    if (pressed.act === 'select' && shownOffset !== undefined) select(shownOffset);
    say(set);
    change();
  });
  field.addEventListener('blur', () => {
    if (!focused) return;
    focused = false;
    release();
    look(undefined);
    change();
  });

  const zoomBy = (by: number): void => {
    zoom = Math.max(-ZOOM_MOST, Math.min(ZOOM_MOST, zoom + by));
    closer.disabled = zoom === ZOOM_MOST;
    farther.disabled = zoom === -ZOOM_MOST;
    change();
  };
  closer.addEventListener('click', () => zoomBy(1));
  farther.addEventListener('click', () => zoomBy(-1));
  asTable.addEventListener('click', () => {
    table.root.hidden = !table.root.hidden;
    field.hidden = zoomer.hidden = !table.root.hidden;
    asTable.setAttribute('aria-pressed', String(!table.root.hidden));
    if (state !== undefined) table.update(state.records);
  });
  canvas.onChange(change);

  return {
    update(given, at) {
      // A run begun again stands far back; between two frames the clock may only tremble.
      const isAnother = state !== undefined && (state.settings !== given.settings || now - at > given.settings.windowMs / 4);
      state = given;
      now = at;
      if (isAnother) selectedOffset = undefined;
      if (shownOffset !== undefined && (isAnother || find(shownOffset) === undefined)) {
        release();
        look(undefined);
      }
      draw(given);
      table.update(given.records);
      if (performance.now() - toldAt < CAPTION_EVERY_MS) return;
      toldAt = performance.now();
      setText(caption, captionOf(given, at));
    },
  };
}
