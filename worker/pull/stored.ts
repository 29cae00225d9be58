import type { Dialect, ReaderSession } from '../../src/gateway/gateway.ts';
import type { Ledger } from '../ledger.ts';

/** What outlives the memory of a pull. */
interface Row {
  /** By which it is the same bridge after an eviction, and a newer one after a reset (P5). */
  readonly generation?: number | undefined;
  /** The gateway whose log was admitted last, and that the session is of. */
  readonly base?: string | undefined;
  readonly session?: ReaderSession | undefined;
  /** By the address of a gateway that has been asked who it is. */
  readonly dialects: Readonly<Record<string, Dialect>>;
}

const NAME = 'pull';

/** The row of a pull: written only where it changes, since every write is billed. */
export class StoredPull {
  readonly #ledger: Ledger;
  readonly #base: string;
  #row: Row | undefined;

  constructor(ledger: Ledger, base: string) {
    this.#ledger = ledger;
    this.#base = base;
    this.#row = ledger.kept<Row>(NAME);
  }

  get generation(): number | undefined {
    return this.#row?.generation;
  }

  /** Whether the log that was admitted last is of the gateway that is set: no other is read without a hello (P6). */
  get isSameGateway(): boolean {
    return this.#row?.base === this.#base;
  }

  get session(): ReaderSession | undefined {
    return this.isSameGateway ? this.#row?.session : undefined;
  }

  dialectOf(base: string): Dialect | undefined {
    return this.#row?.dialects[base];
  }

  keepGeneration(generation: number): void {
    if (generation !== this.generation) this.#keep({ generation });
  }

  /** The log of the gateway that is set was admitted. */
  keepAdmitted(): void {
    if (!this.isSameGateway) this.#keep({ base: this.#base, session: undefined });
  }

  keepSession(session: ReaderSession | undefined): void {
    if (this.isSameGateway && JSON.stringify(session) !== JSON.stringify(this.session)) this.#keep({ session });
  }

  keepDialect(base: string, dialect: Dialect): void {
    this.#keep({ dialects: { ...this.#row?.dialects, [base]: dialect } });
  }

  #keep(change: Partial<Row>): void {
    this.#row = { dialects: {}, ...this.#row, ...change };
    this.#ledger.keep(NAME, this.#row);
  }
}
