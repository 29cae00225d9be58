import type { FakeWorld } from './fake-world.ts';

const NAMES = [
  'alice',
  'bob',
  'chloe',
  'dmitri',
  'elif',
  'farah',
  'goran',
  'hana',
  'ines',
  'jonas',
  'kenji',
  'leila',
  'mateo',
  'nadia',
  'oskar',
  'priya',
  'quentin',
  'rosa',
];

/**
 * Fills a world with a busy evening as it would stand at `now`: windows of `sizeMs` in every stage, some paid for, one cancelled, a customer with
 * two tables.
 */
export function busyEvening(world: FakeWorld, now: number, sizeMs: number, customers = NAMES.length): void {
  const names = Array.from({ length: customers }, (_, i) => NAMES[i] ?? `${NAMES[i % NAMES.length]}-${Math.floor(i / NAMES.length) + 1}`);
  names.forEach((name, i) => {
    const started = now - Math.round((sizeMs * 1.04 * (i + 1)) / (customers + 1));
    world.request(name, String(((i * 7) % 24) + 1), started);
    if (i % 3 === 1) world.pay(name, String(((i * 7) % 24) + 1), started + sizeMs / 4);
  });
  world.request('chloe', '21', now - Math.round(sizeMs * 0.55));
  world.cancel('elif', String(((4 * 7) % 24) + 1), now - 1_500);
  world.pay('zoe', '3', now);
}

/** Records late and refused; a viewer is told of those that come while it looks. */
export function lateGuests(world: FakeWorld, now: number): void {
  world.late({
    code: 'LATE',
    message: 'The window had closed when this record came.',
    key: 'umar',
    timestamp: now - 21_000,
    afterEnd: 2_140,
    afterClose: 1_140,
  });
  world.reject({
    code: 'FUTURE_TIMESTAMP',
    message: 'The timestamp is more than 1 min ahead of now; set the clock of whoever sent it.',
    key: 'viktor',
    timestamp: now + 3_600_000,
  });
  world.reject({ code: 'SCHEMA', message: 'tableId: expected a string, received undefined.', key: null, timestamp: now - 4_000 });
}
