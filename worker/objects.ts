import type { StreamRecord } from '../src/core/record.ts';
import type { Disposition } from '../src/core/step.ts';
import type { Answer, Batch, Confirmation, Home } from '../src/durable-object.ts';
import type { CustomerApi, PartitionApi } from './api.ts';
import type { Placed } from './joint.ts';

/** What a partition's object calls of a customer's, beside what the routes do. */
export interface CustomerObject extends CustomerApi {
  /** A `Batch`, answered by an `Answer`: both as JSON text, which costs a third less on its way than the objects do (measured, workerd 1.20261102.1). */
  apply(batch: string): Promise<string>;
  confirm(confirmation: Confirmation): Promise<void>;
}

/** What a customer's object, and the partitions of other topics, call of a partition's. */
export interface PartitionObject extends PartitionApi, Home {
  /** Folds records of another topic that feeds the topology (T6). */
  foldFrom(records: readonly StreamRecord[]): Promise<readonly Disposition[]>;
  /** Another topic's watermark, and how many partitions it has since that changed. Gives the instant that a claim is wanted for next, if any. */
  claimFrom(topic: string, claim: { readonly watermark: number | null; readonly change: number | null }): Promise<number | null>;
  /** Under which number of partitions it stands, and how far it is; it has its source claim up to `wanted` (P10). */
  placed(wanted: number | null): Promise<Placed>;
  /** Offsets of another topic were lost. */
  gapFrom(): Promise<void>;
  /** Home wants a claim of this partition's source. */
  ask(at: number): Promise<void>;
}

/** Has a customer take a batch. */
export async function applyTo(customer: CustomerObject, batch: Batch): Promise<Answer> {
  return JSON.parse(await customer.apply(JSON.stringify(batch))) as Answer;
}

export interface ObjectBindings {
  /** Named `topic/partition`. */
  readonly PARTITION: { getByName(name: string): PartitionObject };
  /** Named `topology/key` (D1). */
  readonly CUSTOMER: { getByName(name: string): CustomerObject };
}
