import { DurableObject } from 'cloudflare:workers';
import { OrielError } from '../src/core/errors.ts';
import { type Batch, type Confirmation, KeyedObject } from '../src/durable-object.ts';
import { outcomeOf } from '../src/protocol/outcome.ts';
import { AlarmTimer } from '../src/timers/alarm.ts';
import type { CustomerApi, CustomerView } from './api.ts';
import { faultOf, log } from './log.ts';
import { servedTopology } from './topology.ts';

/** Where settings or stored state cannot be read, the alarm is kept and tries again. */
const BROKEN_RETRY_MS = 60_000;
/** An object of a topology that is not served now costs no more than this often: nothing of it can be done until it is served again. */
const FOREIGN_RETRY_MS = 3_600_000;

/** One customer: `topology/customerId` (D1). All it does is in `KeyedObject`. */
export class Customer extends DurableObject<Env> implements CustomerApi {
  #made: KeyedObject | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(async () => {
      try {
        await this.#keyed().start();
      } catch {
        // Said by whatever is called next; a throw here would take the alarm's handler with it.
      }
    });
  }

  async apply(batch: string): Promise<string> {
    return JSON.stringify(this.#keyed().apply(JSON.parse(batch) as Batch));
  }

  confirm(confirmation: Confirmation): Promise<void> {
    this.#keyed().confirm(confirmation);
    return Promise.resolve();
  }

  /** D4: never fails, whatever cannot be read. */
  override async alarm(): Promise<void> {
    let keyed: KeyedObject;
    try {
      keyed = this.#keyed();
    } catch (error) {
      log('error', 'a customer cannot start, will try again', { object: this.ctx.id.name, ...faultOf(error) });
      const isForeign = error instanceof OrielError && error.code === 'NOT_FOUND';
      new AlarmTimer(this.ctx.storage).arm(Date.now() + (isForeign ? FOREIGN_RETRY_MS : BROKEN_RETRY_MS));
      return;
    }
    await keyed.alarm();
  }

  async view(): Promise<CustomerView | null> {
    const keyed = this.#keyed();
    const key = keyed.peek();
    if (key === undefined) return null;
    const { topology } = servedTopology(this.env);
    const { watermark } = keyed;
    const now = Date.now();
    const windows = [...key.lanes.values()].flatMap((lane) => lane.windows).filter((window) => window.closed === undefined);
    return {
      customerId: key.key,
      watermark,
      counts: { ...key.counts, waiting: key.waiting, ...(key.missed > 0 ? { missed: key.missed } : {}) },
      windows: windows.map(({ id, start, end, closesAt, state }) => ({
        id,
        start,
        end,
        closesAt,
        status: state === undefined ? 'EMPTY' : topology.status(state),
        held: closesAt <= now,
      })),
      outcomes: keyed.recentResults().map((result) => outcomeOf(result).value),
    };
  }

  /** Made at the first use: settings that cannot be read must not keep the alarm from being set again. */
  #keyed(): KeyedObject {
    const { topology } = servedTopology(this.env);
    const { name = '' } = this.ctx.id;
    if (!name.startsWith(`${topology.name}/`))
      throw new OrielError(
        'NOT_FOUND',
        `The object ${name} is of another topology than the one that is served, ${topology.name}: it keeps what it has.`,
      );
    this.#made ??= new KeyedObject({
      storage: this.ctx.storage,
      topology,
      key: name.slice(topology.name.length + 1),
      clock: { now: () => Date.now() },
      home: (name) => this.env.PARTITION.getByName(name),
    });
    return this.#made;
  }
}
