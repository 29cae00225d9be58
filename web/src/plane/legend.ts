import { element } from '../element.ts';

const SIGNS: readonly (readonly [string, string])[] = [
  ['circle', 'request'],
  ['diamond', 'payment'],
  ['triangle', 'cancellation'],
  ['folded', 'taken in'],
  ['waiting', 'waits'],
  ['late', 'late'],
  ['rejected', 'rejected'],
  ['pending', 'not delivered'],
  ['diagonal', 'ideal'],
];

/** What the shapes and colours stand for. */
export function legend(): HTMLElement {
  return element(
    'ul',
    { class: 'plane-legend', 'aria-label': 'Signs' },
    ...SIGNS.map(([sign, words]) => element('li', { 'data-sign': sign }, words)),
  );
}
