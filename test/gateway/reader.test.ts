import { describe, expect, it } from 'vitest';
import { assigns, bounds, commits, creates, POLL, polls, reading, record, records, removes, seeks, shown, signal } from './reading.ts';

const opened = (dialect: 'confluent' | 'strimzi' | 'karapace', from: number) => [creates(dialect), assigns(), seeks(from)];
const wait = { confluent: 250, strimzi: 250, karapace: 1_000 };

describe.each(['confluent', 'strimzi', 'karapace'] as const)('reading through %s', (dialect) => {
  const timed = { wait: wait[dialect] };

  it('K8: assigns and seeks one instance, and reads on with it', async () => {
    const { reader, ports } = reading(dialect, [...opened(dialect, 5), polls(records(5, 6), timed), polls(records(7), timed)]);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5', '6'], next: '7' });
    expect(await reader.poll('7', POLL).then(shown)).toEqual({ from: '7', read: ['7'], next: '8' });
    ports.done();
  });

  it('K8: makes another instance where its own is gone, and seeks it to where it was', async () => {
    const gone = { status: 404, json: { error_code: 40403, message: 'Consumer instance not found.' } };
    const { reader, ports } = reading(dialect, [
      ...opened(dialect, 5),
      polls(records(5), timed),
      polls(gone, timed),
      creates(dialect, 2),
      assigns(2),
      seeks(6, 2),
      polls(records(6), { ...timed, count: 2 }),
    ]);
    await reader.poll('5', POLL);
    expect(await reader.poll('6', POLL).then(shown)).toEqual({ from: '6', read: ['6'], next: '7' });
    ports.done();
  });

  it('K8: says what to set where each instance is gone at once', async () => {
    const gone = { status: 404, json: { error_code: 40403, message: 'no' } };
    const { reader, ports } = reading(dialect, [creates(dialect), assigns(1, gone), creates(dialect, 2), assigns(2, gone)]);
    await expect(reader.poll('5', POLL)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('ORIEL_REST_INSTANCES=follow'),
    });
    ports.done();
  });

  it('K8: takes a name of its own where one is taken', async () => {
    const taken = { status: 409, json: { error_code: 40902, message: 'exists' } };
    const { reader, ports } = reading(dialect, [
      creates(dialect, 1, taken),
      creates(dialect, 2),
      assigns(2),
      seeks(5, 2),
      polls(records(5), { ...timed, count: 2 }),
    ]);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
    ports.done();
  });

  it('K8: gives up an instance whose answer was lost, as it may have moved, and makes no other while it cannot be asked to go', async () => {
    const { reader, ports } = reading(dialect, [
      ...opened(dialect, 5),
      polls({ error: 'socket hang up' }, timed),
      removes(1, { error: 'connect ECONNREFUSED' }),
      removes(),
      creates(dialect, 2),
      assigns(2),
      seeks(5, 2),
      polls(records(5), { ...timed, count: 2 }),
    ]);
    await expect(reader.poll('5', POLL)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await expect(reader.poll('5', POLL)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
    ports.done();
  });

  it('K8: makes another where one that may be left could not be asked to go twice', async () => {
    const { reader, ports } = reading(dialect, [
      ...[...opened(dialect, 5), polls({ error: 'socket hang up' }, timed)],
      ...[removes(1, { error: 'no' }), removes(1, { error: 'no' })],
      ...[creates(dialect, 2), assigns(2), seeks(5, 2), polls(records(5), { ...timed, count: 2 })],
    ]);
    for (const _ of [1, 2]) await expect(reader.poll('5', POLL)).rejects.toMatchObject({ retryable: true });
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
    ports.done();
  });

  it.each([408, 502, 504])('K8: gives up an instance where something between says %i', async (status) => {
    const { reader, ports } = reading(dialect, [
      ...opened(dialect, 5),
      polls({ status }, timed),
      removes(),
      creates(dialect, 2),
      assigns(2),
      seeks(5, 2),
      polls(records(5), { ...timed, count: 2 }),
    ]);
    await expect(reader.poll('5', POLL)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
    ports.done();
  });

  it('K8: gives up an instance where a poll was called off', async () => {
    const off = new AbortController();
    const during = () => off.abort(new Error('closing'));
    const { reader, ports } = reading(dialect, [...opened(dialect, 5), polls({ during }, timed), removes()]);
    const poll = reader.poll('5', { ...POLL, signal: off.signal });
    const closed = reader.close(signal);
    await expect(poll).rejects.toThrow('closing');
    await closed;
    ports.done();
  });

  it('K8: removes an instance that may be there though its making was not answered', async () => {
    const { reader, ports } = reading(dialect, [
      creates(dialect, 1, { error: 'socket hang up' }),
      removes(),
      creates(dialect, 2),
      assigns(2),
      seeks(5, 2),
      polls(records(), { ...timed, count: 2 }),
    ]);
    await expect(reader.poll('5', POLL)).rejects.toMatchObject({ retryable: true });
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: [], next: '5' });
    ports.done();
  });

  it('K8: believes nothing of an answer that has a record of another partition, or offsets that do not rise', async () => {
    const again = (count: number) => [removes(count - 1), creates(dialect, count), assigns(count), seeks(5, count)];
    const { reader, ports } = reading(dialect, [
      ...opened(dialect, 5),
      polls({ json: [record(5), record(6, { partition: 1 })] }, timed),
      ...again(2),
      polls({ json: [record(5), record(6, { topic: 'visits' })] }, { ...timed, count: 2 }),
      ...again(3),
      polls(records(6, 5), { ...timed, count: 3 }),
      ...again(4),
      polls(records(5, 5), { ...timed, count: 4 }),
      ...again(5),
      polls({ json: [{ ...record(5), offset: 2 ** 53 }] }, { ...timed, count: 5 }),
    ]);
    for (const said of ['a record of orders-1', 'a record of visits-0', 'offset 5 after 6', 'offset 5 after 5', '9007199254740991']) {
      await expect(reader.poll('5', POLL)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining(said) });
    }
    ports.done();
  });

  it('K8: leaves out what lies below the offset asked for', async () => {
    const { reader } = reading(dialect, [...opened(dialect, 5), polls(records(3, 4, 5), timed)]);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
  });

  it('K8: takes offsets without a record between others for what they are', async () => {
    const asked = dialect === 'karapace' ? [bounds(6, 10)] : [];
    const { reader, ports } = reading(dialect, [...opened(dialect, 5), polls(records(5, 9), timed), ...asked]);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5', '9'], next: '10' });
    ports.done();
  });

  it('K8: believes nothing of an answer that lies below the offset asked for as a whole: the log ends before it, and was begun anew', async () => {
    const { reader, ports } = reading(dialect, [
      ...opened(dialect, 5),
      polls(records(0, 1), timed),
      ...[removes(), creates(dialect, 2), assigns(2), seeks(5, 2), polls(records(5), { ...timed, count: 2 })],
    ]);
    await expect(reader.poll('5', POLL)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('ends before 5'),
    });
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
    ports.done();
  });

  it('K8: says what is gone where nothing was written since', async () => {
    const anew = dialect === 'confluent' ? [removes(), creates(dialect, 2), assigns(2), seeks(8, 2)] : [seeks(8)];
    const max = dialect === 'confluent' ? 'all' : 1_000;
    const { reader, ports } = reading(dialect, [
      ...[bounds(8, 8), ...opened(dialect, 5), polls(records(), timed)],
      ...[...anew, polls(records(8), { ...timed, max, count: dialect === 'confluent' ? 2 : 1 })],
    ]);
    await reader.endAt('5', signal);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '8', read: [], next: '8' });
    expect(await reader.poll('8', POLL).then(shown)).toEqual({ from: '8', read: ['8'], next: '9' });
    ports.done();
  });

  it('K8: reads once more, from a position set anew, where an answer begins with a hole; and says what is gone', async () => {
    const anew = dialect === 'confluent' ? [removes(), creates(dialect, 2), assigns(2), seeks(5, 2)] : [seeks(5)];
    const second = { ...timed, count: dialect === 'confluent' ? 2 : 1 };
    const hidden = reading(dialect, [...opened(dialect, 5), polls(records(7), timed), ...anew, polls(records(5, 6, 7), second)]);
    expect(await hidden.reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5', '6', '7'], next: '8' });
    hidden.ports.done();

    const legal = reading(dialect, [...opened(dialect, 5), polls(records(7), timed), ...anew, polls(records(7), second), bounds(2, 9)]);
    expect(await legal.reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['7'], next: '8' });
    legal.ports.done();

    const gone = reading(dialect, [...opened(dialect, 5), polls(records(9), timed), ...anew, polls(records(9), second), bounds(8, 10)]);
    expect(await gone.reader.poll('5', POLL).then(shown)).toEqual({ from: '8', read: ['9'], next: '10' });
    gone.ports.done();

    const more = reading(dialect, [...opened(dialect, 5), polls(records(9), timed), ...anew, polls(records(9), second), bounds(20, 30)]);
    expect(await more.reader.poll('5', POLL).then(shown)).toEqual({ from: '9', read: ['9'], next: '10' });
    more.ports.done();
  });

  it('K8: reads anew an answer that was cut off: what lies whole in it counts', async () => {
    const text = JSON.stringify([record(5), record(6, { value: 'A'.repeat(4_000) })]);
    const anew = dialect === 'confluent' ? [removes(), creates(dialect, 2), assigns(2), seeks(6, 2)] : [seeks(6)];
    const { reader, ports } = reading(dialect, [
      ...opened(dialect, 5),
      polls({ text }, timed),
      ...anew,
      polls(records(6), { ...timed, count: dialect === 'confluent' ? 2 : 1 }),
    ]);
    expect(await reader.poll('5', POLL).then(shown)).toEqual({ from: '5', read: ['5'], next: '6' });
    expect(await reader.poll('6', POLL).then(shown)).toEqual({ from: '6', read: ['6'], next: '7' });
    ports.done();
  });

  it('T5: takes the end of the log from the gateway, after its clock was read', async () => {
    let now = 7_000;
    const { reader, ports } = reading(dialect, [bounds(0, 42)], { now: () => now++ });
    expect(await reader.endAt('42', signal)).toEqual({ clock: 7_000, end: '42' });
    ports.done();
  });

  it('T5: says what may be where the gateway gives nothing below the end of the log, and sets the position anew once', async () => {
    const anew = dialect === 'confluent' ? [removes(), creates(dialect, 2), assigns(2), seeks(5, 2)] : [seeks(5)];
    const later = { ...timed, max: dialect === 'confluent' ? ('all' as const) : 1_000, count: dialect === 'confluent' ? 2 : 1 };
    const { reader, ports } = reading(dialect, [
      ...opened(dialect, 5),
      polls(records(), timed),
      bounds(0, 6),
      ...[2, 3, 4, 5].map(() => polls(records(), { ...later, count: 1 })),
      ...[...anew, polls(records(), later), polls(records(5), later)],
    ]);
    await reader.poll('5', POLL);
    await reader.endAt('5', signal);
    for (const _ of [2, 3, 4]) await reader.poll('5', POLL);
    expect(reader.trouble).toBeUndefined();
    await reader.poll('5', POLL);
    expect(reader.trouble).toContain('marks of transactions');
    await reader.poll('5', POLL);
    await reader.poll('5', POLL);
    expect(reader.trouble).toBeUndefined();
    ports.done();
  });

  it('K10: commits the next offset by the number that means it, on an instance of its own where there is none', async () => {
    const said = dialect === 'strimzi' ? 7 : 6;
    const { reader, ports } = reading(dialect, [creates(dialect), assigns(), commits(said), seeks(7), polls(records(7), timed), commits(said + 1)]);
    await reader.commit('0', signal);
    await reader.commit('7', signal);
    await reader.poll('7', POLL);
    await reader.commit('8', signal);
    ports.done();
  });

  it('K8: starts at either end, and not at an instant', async () => {
    const { reader } = reading(dialect, [bounds(3, 9), bounds(3, 9)]);
    expect([await reader.first('earliest', signal), await reader.first('latest', signal)]).toEqual(['3', '9']);
    await expect(reader.first(1_000, signal)).rejects.toMatchObject({ code: 'OPTION' });
  });

  it('K8: removes its instance when it is closed, and does not mind where that fails', async () => {
    const { reader, ports } = reading(dialect, [...opened(dialect, 5), polls(records(5), timed), removes(1, { error: 'gone' })]);
    await reader.poll('5', POLL);
    expect(reader.session).toEqual({ group: 'oriel', base: '/consumers/oriel/instances/bridge-1-orders-0-rs-1' });
    await reader.close(signal);
    expect(reader.session).toBeUndefined();
    ports.done();
  });

  it('K8: one poll at a time touches the instance', async () => {
    const { reader, ports } = reading(dialect, [...opened(dialect, 5), polls(records(5), timed), polls(records(6), timed)]);
    const both = await Promise.all([reader.poll('5', POLL), reader.poll('6', POLL)]);
    expect(both.map(shown)).toEqual([
      { from: '5', read: ['5'], next: '6' },
      { from: '6', read: ['6'], next: '7' },
    ]);
    ports.done();
  });
});
