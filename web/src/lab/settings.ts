/** What a permalink holds of the lab: the same settings give the same evening. Durations in ms. */
export interface LabSettings {
  /** What the customers do: an evening made of the seed, or one of the short stories. */
  readonly story: StoryName;
  /** Of the evening, a whole number from 0 to 2^32 - 1. */
  readonly seed: number;
  /** The time to pay; default 15 min, 1 s to 24 h. */
  readonly windowMs: number;
  /** Default 1 min, 0 to 24 h. */
  readonly graceMs: number;
  /** Customers with a window open at a time, about; default 10, 1 to 10,000. */
  readonly customers: number;
  /** Ms of the lab's clock in one of the reader's; default 60, 1 to 1,000. */
  readonly speed: number;
}

/** `boundary`: the request at 14:59. `idle`: nobody comes after. `late`: a payment that comes too late. `behind`: a payment waits in the log. `asleep`: a night. */
export type StoryName = 'evening' | 'boundary' | 'idle' | 'late' | 'behind' | 'asleep';
