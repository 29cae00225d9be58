/** What is in sight of a list that scrolls, px. */
export interface View {
  top: number;
  height: number;
  /** Of the tracks. */
  width: number;
  /** It has been given another size. */
  stale: boolean;
  scrolled(): void;
}

/** Sizes as they were last told: to ask for one makes the browser lay out the page. */
export function viewOf(scroll: HTMLElement, marks: HTMLElement): View {
  const view: View = {
    top: 0,
    height: 0,
    width: 0,
    stale: true,
    scrolled() {
      view.top = scroll.scrollTop;
    },
  };
  const observer = new ResizeObserver(() => {
    view.height = scroll.clientHeight;
    view.width = marks.clientWidth;
    view.top = scroll.scrollTop;
    view.stale = true;
  });
  observer.observe(scroll);
  observer.observe(marks);
  return view;
}
