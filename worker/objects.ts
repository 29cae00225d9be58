import type { Answer, Batch, Confirmation, Home } from '../src/durable-object.ts';
import type { CustomerApi, PartitionApi } from './api.ts';

/** What a partition's object calls of a customer's, beside what the routes do. */
export interface CustomerObject extends CustomerApi {
  apply(batch: Batch): Promise<Answer>;
  confirm(confirmation: Confirmation): Promise<void>;
}

/** What a customer's object, and the partition of another topic, call of a partition's. */
export interface PartitionObject extends PartitionApi, Home {}

export interface ObjectBindings {
  readonly PARTITION: { getByName(name: string): PartitionObject };
  readonly CUSTOMER: { getByName(name: string): CustomerObject };
}
